import { Link, useSearchParams } from '@remix-run/react';
import { useState } from 'react';
import type { ReplayView } from '../../features/overview/overview-view.ts';
import { countText, numberText } from '../../lib/words.ts';
import { useMay } from '../layout/person.tsx';
import { Section } from '../layout/page.tsx';
import { useSteadyRows } from '../layout/steady.tsx';
import type { DeadLetterListState } from '../../features/delivery/dead-letters/dead-letter-view.ts';
import type { DeadLetterListing } from './dead-letter-list.ts';
import { BulkBar } from './bulk.tsx';
import { DeadLetterTable } from './dead-letter-table.tsx';
import { Clusters, Filters } from './filters.tsx';
import { Replays } from './replays.tsx';
import { FILTER_PARAMS, NO_FILTER, filterFields, pageUrl } from './delivery-url.ts';

const STATES: [DeadLetterListState, string][] = [
  ['open', 'Open'],
  ['replayed', 'Replayed'],
  ['discarded', 'Discarded'],
];

/** Messages that could not be delivered, why, and what to do with them. */
export function DeadLetters({ list, replays }: { list: DeadLetterListing; replays: ReplayView[] }) {
  const [params] = useSearchParams();
  const filtered = FILTER_PARAMS.some((name) => params.get(name));
  return (
    <Section
      id="dead-letters"
      title="Dead letters"
      hint="Messages the Agent service did not take. They wait here until somebody replays or discards them."
      side={
        <nav className="oc-tabs" aria-label="State of the dead letters">
          {STATES.map(([state, word]) => (
            <Link
              key={state}
              to={pageUrl(
                params,
                { state: state === 'open' ? null : state, page: null, cause: null },
                'dead-letters',
              )}
              preventScrollReset
              aria-current={list.state === state ? 'page' : undefined}
            >
              {word}
              {state === 'open' && <b>{numberText(list.open)}</b>}
            </Link>
          ))}
        </nav>
      }
    >
      <div id="replays">
        <Replays replays={replays} />
      </div>
      {list.state === 'open' && <Clusters clusters={list.clusters} open={list.open} />}
      {(list.rows.length > 0 || filtered) && <Filters list={list} />}
      {list.filterProblem && <p className="oc-problem">{list.filterProblem} All are shown.</p>}
      {list.rows.length > 0 ? <Rows list={list} /> : <Empty list={list} filtered={filtered} />}
    </Section>
  );
}

function Rows({ list }: { list: DeadLetterListing }) {
  const mayReplay = useMay('dead_letters.replay');
  const [params] = useSearchParams();
  const [ticked, setTicked] = useState<ReadonlySet<number>>(new Set());
  const { rows, ...steady } = useSteadyRows(list.rows, {
    keyOf: ({ id }) => id,
    place: JSON.stringify([list.state, list.sort, list.page, filterFields(params)]),
    more: list.totalIsMinimum || list.page * list.pageSize < list.total,
  });
  const inView = rows.flatMap(({ row, gone }) => (gone ? [] : [row]));
  // What is no longer in view, or was claimed by a replay meanwhile, is not selected any more.
  const selected = new Set(
    inView.flatMap((row) => (ticked.has(row.id) && row.replayId === null ? [row.id] : [])),
  );
  return (
    <>
      {list.state === 'open' && mayReplay && (
        <BulkBar
          list={{ ...list, rows: inView }}
          selected={selected}
          onSelectPage={(all) => setTicked(new Set(all ? inView.map((row) => row.id) : []))}
        />
      )}
      <div ref={steady.list}>
        {steady.notice}
        <DeadLetterTable
          state={list.state}
          rows={rows}
          selected={selected}
          onSelect={(id, on) =>
            setTicked(new Set(on ? [...selected, id] : [...selected].filter((other) => other !== id)))
          }
        />
      </div>
      <Pages page={list.page} pageSize={list.pageSize} total={list.total} more={list.totalIsMinimum} />
    </>
  );
}

const NONE: Record<DeadLetterListState, string> = {
  open: 'No dead letters: nothing waits for a decision.',
  replayed: 'No dead letter has been replayed yet.',
  discarded: 'No dead letter was discarded. Discarded ones are kept here and can be restored.',
};

function Empty({ list, filtered }: { list: DeadLetterListing; filtered: boolean }) {
  const [params] = useSearchParams();
  if (list.page > 1) {
    return (
      <p className="oc-empty">
        There is nothing on page {list.page}.{' '}
        <Link to={pageUrl(params, { page: null }, 'dead-letters')} preventScrollReset>
          Go to the first page
        </Link>
      </p>
    );
  }
  if (!filtered) return <p className="oc-empty">{NONE[list.state]}</p>;
  return (
    <p className="oc-empty">
      None matches this filter
      {list.open > 0 && list.state === 'open' ? ` (${countText(list.open, 'dead letter')} in all)` : ''}.{' '}
      <Link to={pageUrl(params, NO_FILTER, 'dead-letters')} preventScrollReset>
        Clear filter
      </Link>
    </p>
  );
}

interface PagesProps {
  page: number;
  pageSize: number;
  total: number;
  /** There are more than `total`: counting stopped there. */
  more: boolean;
}

/** Which part of the list is in view, and the way to the others. */
function Pages({ page, pageSize, total, more }: PagesProps) {
  const [params] = useSearchParams();
  const first = (page - 1) * pageSize + 1;
  const last = Math.min(page * pageSize, total);
  const to = (target: number) => pageUrl(params, { page: target === 1 ? null : target }, 'dead-letters');
  return (
    <nav className="oc-pages" aria-label="Pages of dead letters">
      <span>
        {numberText(first)} to {numberText(last)} of {numberText(total)}
        {more ? ' or more' : ''}
      </span>
      {page > 1 && (
        <Link to={to(page - 1)} preventScrollReset rel="prev">
          Previous
        </Link>
      )}
      {last < total && (
        <Link to={to(page + 1)} preventScrollReset rel="next">
          Next
        </Link>
      )}
    </nav>
  );
}
