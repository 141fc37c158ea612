import { Form, Link, useSearchParams } from '@remix-run/react';
import type { ReactNode } from 'react';
import { countText, numberText } from '../../lib/words.ts';
import { TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { useHydrated } from '../layout/browser.ts';
import { BackLink, Page } from '../layout/page.tsx';
import { useMay } from '../layout/person.tsx';
import type { DeadLetterListing } from './dead-letter-list.ts';
import { filterFields } from './delivery-url.ts';

/** Id of the form that the rows' checkboxes belong to. */
export const BULK_FORM = 'bulk';

interface BulkBarProps {
  list: DeadLetterListing;
  selected: ReadonlySet<number>;
  onSelectPage: (selected: boolean) => void;
}

/** Acts on many: on those ticked, or on all that match, also those on other pages. Both ask once more, with a dry run. */
export function BulkBar({ list, selected, onSelectPage }: BulkBarProps) {
  const [params] = useSearchParams();
  const hydrated = useHydrated();
  const mayDiscard = useMay('dead_letters.discard');
  const fields = filterFields(params);
  const filtered = Object.keys(fields).length > 0;
  const free = list.rows.filter((row) => row.replayId === null).length;
  const none = hydrated && selected.size === 0;
  const matching = new URLSearchParams({ scope: filtered ? 'matching' : 'all', ...fields });
  const all = `${numberText(list.total)}${list.totalIsMinimum ? ' or more' : ''}`;
  return (
    <Form id={BULK_FORM} method="get" action="/dead-letters/replay" className="oc-bulk">
      {hydrated && (
        <label className="oc-check">
          <input
            type="checkbox"
            checked={free > 0 && selected.size === free}
            ref={(box) => {
              if (box) box.indeterminate = selected.size > 0 && selected.size < free;
            }}
            onChange={(event) => onSelectPage(event.target.checked)}
          />
          {selected.size === 0 ? 'Select this page' : `${selected.size} selected`}
        </label>
      )}
      <SubmitButton name="scope" value="selected" disabled={none} size="slim">
        Replay selected…
      </SubmitButton>
      {mayDiscard && (
        <SubmitButton
          name="scope"
          value="selected"
          formAction="/dead-letters/discard"
          disabled={none}
          size="slim"
        >
          Discard selected…
        </SubmitButton>
      )}
      <span className="oc-bulk-all">
        <Link className="oc-link" to={`/dead-letters/replay?${matching.toString()}`}>
          Replay all {all}
          {filtered ? ' that match' : ''}…
        </Link>
        {mayDiscard && (
          <Link className="oc-link" to={`/dead-letters/discard?${matching.toString()}`}>
            Discard all…
          </Link>
        )}
      </span>
    </Form>
  );
}

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
