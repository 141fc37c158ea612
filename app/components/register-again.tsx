import { useMay } from './layout/person.tsx';
import { PostForm, SubmitButton } from './forms/post-form.tsx';

/** Registers our webhook in Chatwoot again; for admins, others are told whom to ask where it stands. */
export function RegisterAgain({ prominent = false }: { prominent?: boolean }) {
  if (!useMay('settings.manage')) return null;
  return (
    <PostForm action="/api/arrival/register">
      {(busy) => (
        <SubmitButton size="slim" look={prominent ? 'primary' : 'secondary'} disabled={busy}>
          Register again
        </SubmitButton>
      )}
    </PostForm>
  );
}
