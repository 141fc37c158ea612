import { Form, Link } from '@remix-run/react';
import type { ReactNode } from 'react';
import {
  type WaitingFigures,
  type WaitingFilter,
  type WaitingItem,
  type WaitingListWish,
  type WaitingPage,
  type WaitingRange,
  type WaitingSort,
  waitingUrl,
} from '../../features/waiting/waiting-view.ts';
import { filterOf } from '../../features/access/access-words.ts';
import { countText } from '../../lib/words.ts';
import { SavedFilters } from '../layout/saved-filters.tsx';
import { Section } from '../layout/page.tsx';
import { RowGone, useSteadyRows } from '../layout/steady.tsx';
import { SubmitButton } from '../forms/post-form.tsx';
import { DueTime, Time } from '../time.tsx';
import { PersonName } from '../layout/person.tsx';
import { AssignOne } from './assign-page.tsx';

const FILTERS: Record<WaitingFilter, string> = {
  all: 'All',
  unassigned: 'Nobody has taken them',
  breached: 'Past the target',
  soon: 'Within 10 min of it',
};
const SORTS: Record<WaitingSort, string> = {
  risk: 'Next to miss the target',
  since: 'Longest wait',
  assignee: 'Assigned to',
};

interface WaitingTableProps {
  figures: WaitingFigures;
  list: WaitingPage;
  wish: WaitingListWish;
  range: WaitingRange;
  may: { assign: boolean; names: boolean };
}

/** Who waits, most urgent first, with what they wrote; each is assigned in its row, those ticked or all that nobody has together. */
export function WaitingTable({ figures, list, wish, range, may }: WaitingTableProps) {
  const { rows, ...steady } = useSteadyRows(list.items, {
    keyOf: ({ key }) => key,
    place: JSON.stringify(wish),
    more: list.page < list.pages,
  });
  const url = (change: Partial<WaitingListWish>) =>
    waitingUrl({ ...wish, page: 1, range, ...change }, 'waiting');
  return (
    <Section
      id="waiting"
      title="Who waits"
      side={
        <b className="oc-quiet">
          {countText(list.total, 'conversation')}
          {figures.check.counting && ' so far'}
        </b>
      }
    >
      <Choice label="Show" all={FILTERS} current={wish.filter} to={(filter) => url({ filter })} />
      <Choice label="Sort by" all={SORTS} current={wish.sort} to={(sort) => url({ sort })} />
      <SavedFilters
        place="waiting"
        hash="waiting"
        query={filterOf(url({}).split('?')[1]?.split('#')[0] ?? '')}
      />
      {rows.length === 0 ? (
        <p className="oc-empty">{emptyText(figures)}</p>
      ) : (
        <div className="oc-waiting-list" ref={steady.list}>
          {steady.notice}
          <table className="oc-table oc-table-text oc-waiting oc-cards">
            <thead>
              <tr>
                {may.assign && (
                  <th scope="col">
                    <span className="oc-hidden">Choose</span>
                  </th>
                )}
                <th scope="col">Customer</th>
                <th scope="col">Answer due</th>
                <th scope="col">Waiting for</th>
                <th scope="col">Assigned to</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ row, gone }) => (
                <Row key={row.key} item={row} gone={gone} may={may} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pages list={list} url={(page) => waitingUrl({ ...wish, range, page }, 'waiting')} />
      {may.assign && rows.length > 0 && <AssignMany />}
    </Section>
  );
}

function emptyText({ known, check }: WaitingFigures): string {
  if (known) return 'Nobody, as far as the webhooks and Chatwoot say.';
  return check.counting ? 'Nobody so far: the customers are being counted.' : 'It is not known who waits.';
}

/** What takes those that are ticked; it stays in reach, however many wait above it. */
const MANY = 'assign-many';

function AssignMany() {
  return (
    <Form method="post" action="/waiting/assign" id={MANY} className="oc-stay oc-row">
      <SubmitButton look="primary" name="scope" value="unassigned">
        Assign all unassigned…
      </SubmitButton>
      <SubmitButton name="scope" value="selected">
        Assign ticked…
      </SubmitButton>
      <span className="oc-hint oc-waiting-hint">You see the plan first.</span>
    </Form>
  );
}

interface RowProps {
  item: WaitingItem;
  gone: boolean;
  may: WaitingTableProps['may'];
}

function Row({ item, gone, may }: RowProps) {
  const name = item.customerName ?? (may.names ? 'Unnamed customer' : 'Customer');
  const about = `conversation ${item.conversationId}`;
  const signs = [
    item.channel,
    item.first ? 'first question' : null,
    item.priority && `${item.priority} priority`,
    ...item.labels,
  ];
  return (
    <tr className={gone ? 'oc-gone' : undefined}>
      {may.assign && (
        <td>
          {!gone && (
            <input type="checkbox" name="key" value={item.key} form={MANY} aria-label={`Choose ${about}`} />
          )}
        </td>
      )}
      <th scope="row">
        <PersonName name={name} />
        {item.lastMessage && (
          <span className="oc-waiting-text" dir="auto">
            {item.lastMessage}
          </span>
        )}
        <small>
          {item.url ? (
            <a href={item.url} target="_blank" rel="noreferrer">
              {`Open ${about} in Chatwoot`}
            </a>
          ) : (
            about
          )}
          {signs.filter((sign) => sign !== null && sign !== '').map((sign) => ` · ${sign}`)}
          {item.lastReply && (
            <>
              {' '}
              · last answer <LastReply reply={item.lastReply} />
            </>
          )}
        </small>
      </th>
      <td data-label="Answer due">
        <DueTime dueAt={item.dueAt} />
      </td>
      <td data-label="Waiting for">
        <Time at={item.waitingSince} as="for" />
      </td>
      <td data-label="Assigned to">
        <PersonName name={assigneeText(item)} />
        {gone ? <RowGone /> : may.assign && <AssignOne item={item} about={about} />}
      </td>
    </tr>
  );
}

function LastReply({ reply }: { reply: NonNullable<WaitingItem['lastReply']> }) {
  return (
    <>
      <Time at={reply.at} /> {reply.kind === 'bot' ? 'by a program' : `by ${reply.by ?? 'a person'}`}
    </>
  );
}

function assigneeText({ assignee }: WaitingItem): string {
  if (!assignee) return 'Nobody';
  return assignee.kind === 'bot' ? 'A program' : (assignee.name ?? `Agent ${assignee.id}`);
}

interface ChoiceProps<T extends string> {
  label: string;
  all: Record<T, string>;
  current: T;
  to: (one: T) => string;
}

function Choice<T extends string>({ label, all, current, to }: ChoiceProps<T>): ReactNode {
  return (
    <nav className="oc-tabs oc-waiting-choice" aria-label={label}>
      <span>{label}:</span>
      {(Object.keys(all) as T[]).map((one) => (
        <Link key={one} to={to(one)} preventScrollReset aria-current={one === current ? 'page' : undefined}>
          {all[one]}
        </Link>
      ))}
    </nav>
  );
}

function Pages({ list: { page, pages }, url }: { list: WaitingPage; url: (page: number) => string }) {
  if (pages < 2) return null;
  return (
    <nav className="oc-row" aria-label="Pages of the list">
      {page > 1 && <Link to={url(page - 1)}>More urgent ones</Link>}
      <span>
        Page {page} of {pages}
      </span>
      {page < pages && <Link to={url(page + 1)}>Further ones</Link>}
    </nav>
  );
}
