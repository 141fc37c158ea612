import { Form } from '@remix-run/react';
import { SHORTEST_PASSWORD } from '../../features/access/people/person-input.ts';
import { TextField } from '../forms/form-fields.tsx';
import { SubmitButton } from '../forms/post-form.tsx';
import { AccessPage } from './sign-in-form.tsx';

export interface LinkFormProps {
  /** null: the link is used, expired or was never made. */
  link: { kind: 'setup' | 'recovery' | 'invite' | 'reset'; email: string | null; role: string | null } | null;
  problem: string | null;
}

const TITLES = {
  setup: 'Set up the first admin',
  recovery: 'Set up an admin',
  invite: 'Join the Outage Center',
  reset: 'Choose a new password',
};

/** What a one-time link opens: who you are, and with what you will sign in. */
export function LinkForm({ link, problem }: LinkFormProps) {
  if (!link) {
    return (
      <AccessPage title="This link does not work any more" problem={problem}>
        <p>
          It was used, has expired, or was withdrawn. Whoever sent it can make a new one on the page “People”;
          on the app’s own machine <code>npm run ops:setup-link</code> prints one.
        </p>
        <p>
          <a className="oc-link" href="/sign-in">
            Sign in
          </a>
        </p>
      </AccessPage>
    );
  }
  const joins = link.kind !== 'reset';
  return (
    <AccessPage title={TITLES[link.kind]} problem={problem}>
      {link.email && (
        <p className="oc-hint">
          You will sign in as {link.email}
          {joins && link.role && `, with the role ${link.role}`}.
          {!joins && ' Other sessions end, and a second factor is turned off.'}
        </p>
      )}
      <Form method="post" className="oc-form">
        {joins && <TextField label="Your name" name="name" autoComplete="name" maxLength={100} required />}
        {link.email === null && (
          <TextField label="E-mail address" name="email" type="email" autoComplete="username" required />
        )}
        <NewPasswordFields />
        <SubmitButton look="primary" size="large">
          {joins ? 'Create my account' : 'Set the password'}
        </SubmitButton>
      </Form>
    </AccessPage>
  );
}

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
