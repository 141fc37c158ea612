import { Form, Link, useNavigate, useSearchParams } from '@remix-run/react';
import { SearchIcon } from '@shopify/polaris-icons';
import { filterOf } from '../../features/access/access-words.ts';
import { numberText } from '../../lib/words.ts';
import { SelectField, TextField } from '../forms/form-fields.tsx';
import { SubmitButton } from '../forms/post-form.tsx';
import { useMay } from '../layout/person.tsx';
import { useHydrated } from '../layout/browser.ts';
import { SavedFilters } from '../layout/saved-filters.tsx';
import type { ClusterItem, DeadLetterListing } from './dead-letter-list.ts';
import { causeWords, eventWords } from './delivery-words.ts';
import { FILTER_PARAMS, NO_FILTER, pageUrl } from './delivery-url.ts';

const SORTS = [
  ['newest', 'Newest first'],
  ['oldest', 'Oldest first'],
  ['attempts', 'Most attempts'],
] as const;

const SINCE = [
  ['', 'Any time'],
  ['30m', 'Last 30 minutes'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
] as const;

/** Which dead letters the table shows, and in what order; a plain GET form, so it lives in the URL. */
export function Filters({ list }: { list: DeadLetterListing }) {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const hydrated = useHydrated();
  const mayReadTexts = useMay('texts.read');
  const filtered = FILTER_PARAMS.some((name) => params.get(name));
  const events = unique([...list.clusters.map((cluster) => cluster.event), params.get('event')]);
  const errors = unique([...list.clusters.map((cluster) => cluster.errorClass), params.get('error')]);
  // As the browser would send it, but for the fields left empty.
  const go = (form: HTMLFormElement) => {
    const filled = [...new FormData(form)].flatMap(([name, value]) =>
      typeof value === 'string' && value !== '' && !(name === 'sort' && value === 'newest')
        ? [[name, value]]
        : [],
    );
    void navigate(`/delivery?${new URLSearchParams(filled).toString()}#dead-letters`, {
      preventScrollReset: true,
    });
  };
  return (
    <>
      <Form
        method="get"
        action="/delivery#dead-letters"
        className="oc-filters"
        role="search"
        aria-label="Filter dead letters"
        preventScrollReset
        key={params.toString()}
        onSubmit={(event) => {
          event.preventDefault();
          go(event.currentTarget);
        }}
        onChange={(event) => {
          // A choice acts at once; typed text waits for Enter or the button.
          if (event.target instanceof HTMLSelectElement) go(event.currentTarget);
        }}
      >
        {['range', 'state', 'cause'].map((name) =>
          params.get(name) ? <input key={name} type="hidden" name={name} value={params.get(name)!} /> : null,
        )}
        {mayReadTexts && (
          <TextField
            label="Search"
            name="text"
            type="search"
            defaultValue={params.get('text') ?? ''}
            placeholder="Error, customer, conversation, text"
            wide
          />
        )}
        <SelectField label="Event" name="event" defaultValue={params.get('event') ?? ''}>
          <option value="">Any event</option>
          {events.map((event) => (
            <option key={event} value={event}>
              {eventWords(event)}
            </option>
          ))}
        </SelectField>
        <SelectField label="Cause" name="error" defaultValue={params.get('error') ?? ''}>
          <option value="">Any cause</option>
          {errors.map((error) => (
            <option key={error} value={error}>
              {causeWords(error, null)}
            </option>
          ))}
        </SelectField>
        <SelectField label="Since" name="since" defaultValue={params.get('since') ?? ''}>
          {withCurrent(SINCE, params.get('since')).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </SelectField>
        <SelectField label="Sort" name="sort" defaultValue={list.sort}>
          {SORTS.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </SelectField>
        <div className="oc-row">
          <SubmitButton icon={SearchIcon}>{hydrated ? 'Search' : 'Apply'}</SubmitButton>
          {filtered && (
            <Link to={pageUrl(params, NO_FILTER, 'dead-letters')} preventScrollReset className="oc-link">
              Clear filter
            </Link>
          )}
        </div>
      </Form>
      <SavedFilters place="delivery" hash="dead-letters" query={filterOf(params.toString())} />
    </>
  );
}

function unique(values: (string | null)[]): string[] {
  return [...new Set(values.filter((value): value is string => Boolean(value)))].sort();
}

function withCurrent(options: readonly (readonly [string, string])[], current: string | null) {
  if (!current || options.some(([value]) => value === current)) return options;
  return [...options, [current, current] as const];
}

/** Open dead letters by cause, biggest first; one click shows only these. */
export function Clusters({ clusters, open }: { clusters: ClusterItem[]; open: number }) {
  const [params] = useSearchParams();
  const chosen = params.get('cause');
  if (clusters.length === 0) return null;
  return (
    <nav className="oc-clusters" aria-label="Dead letters by cause">
      <ul>
        {clusters.slice(0, 6).map((cluster) => {
          const current = chosen === cluster.cause;
          const to = pageUrl(
            params,
            { ...NO_FILTER, state: null, cause: current ? null : cluster.cause },
            'dead-letters',
          );
          return (
            <li key={cluster.cause}>
              <Link
                to={to}
                preventScrollReset
                className="oc-cluster"
                aria-current={current ? 'true' : undefined}
              >
                <b>{numberText(cluster.count)}</b>
                <span>
                  {causeWords(cluster.errorClass, cluster.status)}
                  <small>
                    {eventWords(cluster.event)} ·{' '}
                    {cluster.conversations === 1
                      ? '1 conversation'
                      : `${numberText(cluster.conversations)} conversations`}
                  </small>
                </span>
                <i
                  style={{ width: `${Math.max(2, (cluster.count / Math.max(open, 1)) * 100)}%` }}
                  aria-hidden="true"
                />
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
