import { Link, useNavigate, useSearchParams } from '@remix-run/react';
import { STATUS_WORDS, ticketName, type TicketView } from '../../features/tickets/ticket-view.ts';
import { PersonName, useMay } from '../layout/person.tsx';
import { RowGone, useSteadyRows } from '../layout/steady.tsx';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';
import { EditCells } from './line-forms.tsx';
import { TicketClock } from './ticket-page-parts.tsx';
import { isEditable, MERGE_WORDS, shownText } from '../../features/tickets/ticket-words.ts';

/** The form that chosen tickets belong to. */
export const CHOSEN_FORM = 'chosen-tickets';

interface TicketTableProps {
  items: TicketView[];
  /** The list goes on, on a further page. */
  more: boolean;
  /** Whether tickets can be chosen: to go into Chatwoot. */
  choosable: boolean;
  /** Of the row whose change was refused. */
  refused: { id: string; typed: Record<string, string>; conflict: boolean } | null;
}

/** The runbook's table, section 3, by risk; one row at a time can be edited in place. */
export function TicketTable({ items, more, choosable, refused }: TicketTableProps) {
  const [params] = useSearchParams();
  // Whoever adds a ticket sees it: the address says so.
  const { rows, ...steady } = useSteadyRows(items, { keyOf: ({ id }) => id, place: params.toString(), more });
  const navigate = useNavigate();
  const mayWrite = useMay('tickets.write');
  const editing = params.get('edit') ?? refused?.id;
  const at = (changes: Record<string, string | null>) => {
    const next = new URLSearchParams(params);
    for (const name of ['done', 'n']) next.delete(name);
    for (const [name, value] of Object.entries(changes))
      if (value === null) next.delete(name);
      else next.set(name, value);
    return `/tickets?${next.toString()}`;
  };
  return (
    <div ref={steady.list}>
      {steady.notice}
      <table className="oc-table oc-tickets">
        <thead>
          <tr>
            {choosable && (
              <th scope="col">
                <span className="oc-hidden">Choose</span>
              </th>
            )}
            <th scope="col">Ticket ID</th>
            <th scope="col">Customer</th>
            <th scope="col">Issue</th>
            <th scope="col">Status</th>
            <th scope="col">Response time</th>
            {mayWrite && (
              <th scope="col">
                <span className="oc-hidden">Change</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ row: ticket, gone }) => {
            const name = ticketName(ticket.id);
            const edited = mayWrite && !gone && isEditable(ticket) && editing === String(ticket.id);
            return (
              <tr
                key={ticket.id}
                className={gone ? 'oc-gone' : undefined}
                onKeyDown={(event) => {
                  if (edited && event.key === 'Escape')
                    void navigate(at({ edit: null }), { preventScrollReset: true });
                }}
              >
                {choosable && (
                  <td className="oc-tickets-choose">
                    {!gone && isEditable(ticket) && ticket.status !== 'closed' && (
                      <input
                        type="checkbox"
                        name="ticket"
                        value={ticket.id}
                        form={CHOSEN_FORM}
                        aria-label={`Choose ${name}`}
                      />
                    )}
                  </td>
                )}
                <th scope="row">
                  <Link to={`/tickets/${ticket.id}`} className="oc-strong-link">
                    {name}
                  </Link>
                  {ticket.externalId && <small>{ticket.externalId} in the spreadsheet</small>}
                </th>
                {edited ? (
                  <EditCells
                    key={`${ticket.id}-${refused?.conflict ? ticket.version : 0}-${JSON.stringify(refused?.typed)}`}
                    ticket={ticket}
                    typed={refused?.id === String(ticket.id) ? refused.typed : null}
                    back={at({ edit: null })}
                  />
                ) : (
                  <Cells
                    ticket={ticket}
                    gone={gone}
                    editAt={mayWrite && !gone && isEditable(ticket) ? at({ edit: String(ticket.id) }) : null}
                    may={mayWrite}
                  />
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface CellsProps {
  ticket: TicketView;
  gone: boolean;
  editAt: string | null;
  may: boolean;
}

function Cells({ ticket, gone, editAt, may }: CellsProps) {
  const { merge } = ticket;
  return (
    <>
      <td data-label="Customer">
        <PersonName name={shownText(ticket.customer, ticket)} />
        {ticket.email && ticket.email !== ticket.customer && <small>{ticket.email}</small>}
      </td>
      <td data-label="Issue">
        <div className="oc-ticket-issue">{shownText(ticket.issue, ticket)}</div>
      </td>
      <td data-label="Status">
        {STATUS_WORDS[ticket.status]}
        {merge && merge.state !== 'done' && (
          <ToneWord tone={MERGE_WORDS[merge.state].tone}>{MERGE_WORDS[merge.state].words}</ToneWord>
        )}
        {merge?.state === 'done' && (
          <small>
            {merge.url ? (
              <a href={merge.url}>Conversation {merge.conversationId}</a>
            ) : (
              `Conversation ${merge.conversationId}`
            )}
          </small>
        )}
      </td>
      <td data-label="Response time">
        <TicketClock ticket={ticket} />
        {ticket.receivedKnown && (
          <small>
            wrote <Time at={ticket.receivedAt} />
          </small>
        )}
      </td>
      {may && (
        <td>
          {gone && <RowGone />}
          {editAt && (
            <Link to={editAt} preventScrollReset aria-label={`Edit ${ticketName(ticket.id)}`}>
              Edit
            </Link>
          )}
        </td>
      )}
    </>
  );
}
