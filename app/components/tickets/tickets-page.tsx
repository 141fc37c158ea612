import { Form, Link, useSearchParams } from '@remix-run/react';
import { durationText } from '../../lib/time-words.ts';
import { countText } from '../../lib/words.ts';
import { ticketNotice } from '../../features/tickets/ticket-words.ts';
import type { TicketView } from '../../features/tickets/ticket-view.ts';
import { useMay } from '../layout/person.tsx';
import { Done, Problem } from '../forms/form-fields.tsx';
import { Page, Section } from '../layout/page.tsx';
import { SubmitButton } from '../forms/post-form.tsx';
import { ToneWord } from '../tone.tsx';
import { AddLine } from './line-forms.tsx';
import { CHOSEN_FORM, TicketTable } from './ticket-table.tsx';

const FILTERS = [
  ['current', 'Not closed'],
  ['answered', 'Answered'],
  ['closed', 'Closed'],
  ['merged', 'In Chatwoot'],
  ['all', 'All'],
] as const;
type Filter = (typeof FILTERS)[number][0];

export interface TicketsPageProps {
  at: string;
  list: {
    items: TicketView[];
    counts: Record<Filter, number>;
    late: number;
    page: number;
    pages: number;
  };
  filter: Filter;
  withTexts: boolean;
  /** Time to the first answer, ms. */
  targetMs: number;
  connected: boolean;
  result: { problem: string; typed: Record<string, string>; conflict: boolean } | null;
}

/** Email-only mode: requests kept by hand, those at most risk first. */
export function TicketsPage(props: TicketsPageProps) {
  const { at, list, filter, withTexts, targetMs, connected, result } = props;
  const [params] = useSearchParams();
  const mayWrite = useMay('tickets.write');
  const choosable = mayWrite && connected && filter !== 'merged' && filter !== 'closed';
  const wasAdding = result?.typed.do === 'add';
  return (
    <Page at={at} live>
      <h1 className="oc-title">Tickets</h1>
      <div>
        <Done text={result ? null : ticketNotice(params)} />
        <Problem>{result?.problem}</Problem>
      </div>
      {mayWrite && (
        <Section
          id="add"
          title="Add a ticket"
          hint="Tab goes on, Enter adds. An issue in a few words will do."
        >
          <AddLine typed={wasAdding ? result.typed : null} added={params.get('done') === 'added'} />
        </Section>
      )}
      <Section
        id="tickets"
        title="Requests kept by hand"
        side={<Late late={list.late} counts={list.counts} />}
        hint={`The first answer is due within ${durationText(targetMs)}. Those at most risk come first.`}
      >
        <Filters filter={filter} counts={list.counts} />
        {!withTexts && (
          <p className="oc-hint">Your role does not show who the customers are and what they ask.</p>
        )}
        {list.items.length === 0 ? (
          <p className="oc-empty">
            {list.counts.all === 0 ? 'No ticket has been kept by hand yet.' : 'No ticket is like that.'}
          </p>
        ) : (
          <>
            {choosable && <Chosen />}
            <TicketTable
              items={list.items}
              more={list.page < list.pages}
              choosable={choosable}
              refused={result?.typed.do === 'change' ? { ...result, id: result.typed.ticket ?? '' } : null}
            />
          </>
        )}
        <Pages {...list} />
      </Section>
      <Section id="files" title="Spreadsheets and texts">
        <div className="oc-row oc-ticket-links">
          {mayWrite && <Link to="/tickets/import">Bring in a spreadsheet</Link>}
          {withTexts && (
            <a href="/tickets.csv" download>
              Take all tickets out as a spreadsheet
            </a>
          )}
          <Link to="/tickets/templates">Templates for answers</Link>
          {mayWrite && <Link to="/tickets/merge?done=merge_started">What went into Chatwoot</Link>}
        </div>
      </Section>
    </Page>
  );
}

function Late({ late, counts }: { late: number; counts: Record<Filter, number> }) {
  if (late > 0) return <ToneWord tone="critical">{`${countText(late, 'ticket')} late`}</ToneWord>;
  return counts.current > 0 ? <ToneWord tone="good">None is late</ToneWord> : null;
}

function Filters({ filter, counts }: { filter: Filter; counts: Record<Filter, number> }) {
  return (
    <nav aria-label="Which tickets" className="oc-row oc-ticket-filters">
      {FILTERS.map(([name, words]) => (
        <Link
          key={name}
          to={`/tickets?show=${name}`}
          aria-current={name === filter ? 'page' : undefined}
          preventScrollReset
        >
          {words} ({counts[name]})
        </Link>
      ))}
    </nav>
  );
}

/** A plain GET form: what is chosen is in the address of the dry run. */
function Chosen() {
  return (
    <Form method="get" action="/tickets/merge" id={CHOSEN_FORM} className="oc-row oc-ticket-chosen">
      <SubmitButton size="slim">Into Chatwoot…</SubmitButton>
      <small>
        What is chosen, or if nothing is, every ticket that is not closed. A list of what will happen comes
        first.
      </small>
    </Form>
  );
}

function Pages({ page, pages }: { page: number; pages: number }) {
  const [params] = useSearchParams();
  const at = (number: number) => {
    const next = new URLSearchParams(params);
    for (const name of ['done', 'n', 'edit']) next.delete(name);
    next.set('page', String(number));
    return `/tickets?${next.toString()}`;
  };
  if (pages === 1) return null;
  return (
    <nav className="oc-pages" aria-label="Pages of tickets">
      {page > 1 && (
        <Link to={at(page - 1)} rel="prev">
          Before
        </Link>
      )}
      <span>
        Page {page} of {pages}
      </span>
      {page < pages && (
        <Link to={at(page + 1)} rel="next">
          Next
        </Link>
      )}
    </nav>
  );
}
