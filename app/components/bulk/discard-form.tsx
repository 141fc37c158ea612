import { Link } from '@remix-run/react';
import { countText } from '../../features/overview/words.ts';
import { TextField } from '../dead-letters/fields.tsx';
import { PostForm } from '../post-form.tsx';
import { SubmitButton } from '../submit-button.tsx';

interface DiscardFormProps {
  count: number;
  selection: [name: string, value: string][];
  back: string;
}

/** Puts several dead letters away, with a reason, by a named person. */
export function DiscardForm({ count, selection, back }: DiscardFormProps) {
  if (count === 0) {
    return (
      <>
        <p className="oc-empty">No open dead letter is left in this selection: nothing to discard.</p>
        <Link className="oc-link" to={back}>
          Back
        </Link>
      </>
    );
  }
  return (
    <PostForm action="/api/dead-letters/discard" returnTo={back} className="oc-form">
      {(busy) => (
        <>
          {selection.map(([name, value]) => (
            <input key={`${name} ${value}`} type="hidden" name={name} value={value} />
          ))}
          <p>
            The Agent service will never see{' '}
            {count === 1 ? 'this dead letter' : `these ${countText(count, 'dead letter')}`}. Nothing is
            deleted: they are kept among the discarded ones, with your name and reason, and can be restored.
          </p>
          <TextField label="Reason" name="reason" required maxLength={500} autoComplete="off" wide />
          <div className="oc-row">
            <SubmitButton look="critical" size="large" disabled={busy}>
              {`Discard ${countText(count, 'dead letter')}`}
            </SubmitButton>
            <Link className="oc-link" to={back}>
              Back without discarding
            </Link>
          </div>
        </>
      )}
    </PostForm>
  );
}
