import { PostForm } from '../post-form.tsx';
import { SubmitButton } from '../submit-button.tsx';

/** A person approves the draft of the canary, or rejects it, which fails the canary. */
export function CanaryDecision({ id, prominent = false }: { id: number; prominent?: boolean }) {
  return (
    <div className="oc-row">
      <PostForm action={`/api/canary/${id}/approve`}>
        {(busy) => (
          <SubmitButton look="primary" size={prominent ? 'large' : 'medium'} disabled={busy}>
            Approve the draft
          </SubmitButton>
        )}
      </PostForm>
      <PostForm action={`/api/canary/${id}/reject`}>
        {(busy) => (
          <SubmitButton look="plain" disabled={busy}>
            Reject it
          </SubmitButton>
        )}
      </PostForm>
    </div>
  );
}
