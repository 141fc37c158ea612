import { SHORTEST_PASSWORD } from '../../features/access/person-input.ts';
import { TextField } from '../dead-letters/fields.tsx';

/** The new password, and once more, because nobody sees what they type. */
export function NewPasswordFields() {
  return (
    <>
      <TextField
        label="Password"
        hint={`At least ${SHORTEST_PASSWORD} characters. A few words that nobody connects with you are best.`}
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={SHORTEST_PASSWORD}
        required
      />
      <TextField label="Password again" name="again" type="password" autoComplete="new-password" required />
    </>
  );
}
