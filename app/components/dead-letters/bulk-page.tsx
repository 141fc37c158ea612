import { Link } from '@remix-run/react';
import type { ReactNode } from 'react';
import { countText } from '../../lib/words.ts';
import { TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { BackLink, Page } from '../layout/page.tsx';

interface BulkPageProps {
  at: string;
  title: string;
  back: string;
  /** The selection was not understood, in a sentence. */
  problem: string | null;
  children: ReactNode;
}

/** A step in between: what an action on many would do, and the button that does it. */
export function BulkPage({ at, title, back, problem, children }: BulkPageProps) {
  return (
    <Page at={at} narrow>
      <BackLink to={back}>Dead letters</BackLink>
      <section className="oc-card">
        <div className="oc-card-head">
          <h1>{title}</h1>
        </div>
        {problem === null ? (
          children
        ) : (
          <p className="oc-problem">{problem} Go back and tick some rows first.</p>
        )}
      </section>
    </Page>
  );
}

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
