import { useMay } from './access/person.ts';
import { PostForm } from './post-form.tsx';
import { SubmitButton } from './submit-button.tsx';

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
