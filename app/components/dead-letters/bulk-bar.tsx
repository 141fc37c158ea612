import { Form, Link, useSearchParams } from '@remix-run/react';
import { useMay } from '../layout/person.tsx';
import { numberText } from '../../lib/words.ts';
import { useHydrated } from '../layout/browser.ts';
import { filterFields } from '../overview/overview-url.ts';
import { SubmitButton } from '../forms/post-form.tsx';
import type { DeadLetterListing } from './dead-letter-list.ts';

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
