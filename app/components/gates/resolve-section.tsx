import type { RecoveryGate } from '../../features/gates/recovery-gate-view.ts';
import { TextField } from '../dead-letters/fields.tsx';
import { PostForm } from '../post-form.tsx';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { ToneWord } from '../tone.tsx';

/** Resolving: free once the recovery is proved, before that only with a reason that goes on the record. */
export function ResolveSection({ recovery }: { recovery: RecoveryGate }) {
  const { incident, passed, open } = recovery;
  return (
    <Section
      id="resolve"
      title={`Resolve incident ${incident.id}`}
      side={<ToneWord tone={passed ? 'good' : 'warning'}>{passed ? 'Free' : 'Locked'}</ToneWord>}
      hint={passed ? 'Its recovery is proved.' : `Locked until this is proved: ${open.join('; ')}.`}
    >
      <PostForm action={`/api/incidents/${incident.id}/resolve`} className="oc-choice">
        {(busy) => (
          <>
            <TextField label="What it was" name="resolution" required maxLength={1000} autoComplete="off" />
            {!passed && (
              <TextField
                label="Reason to resolve it all the same"
                name="overrideReason"
                required
                maxLength={500}
                autoComplete="off"
                hint="It goes on the record with your name, and into the incident report."
              />
            )}
            <SubmitButton look={passed ? 'primary' : 'secondary'} disabled={busy}>
              {passed ? 'Resolve' : 'Resolve all the same'}
            </SubmitButton>
          </>
        )}
      </PostForm>
    </Section>
  );
}
