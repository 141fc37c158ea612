import { Link } from '@remix-run/react';
import { useState } from 'react';
import { LIMITS } from '../../features/tickets/ticket-input.ts';
import {
  STATUS_WORDS,
  TICKET_STATUSES,
  ticketName,
  type TicketView,
} from '../../features/tickets/ticket-view.ts';
import { PostForm } from '../post-form.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { responseText } from './ticket-words.ts';

interface EditCellsProps {
  ticket: TicketView;
  /** What was typed and not taken. */
  typed: Record<string, string> | null;
  /** Where "Cancel" leads. */
  back: string;
}

/** A row of the table as fields, in place; Enter saves. The fields belong to a form in the last cell. */
export function EditCells({ ticket, typed, back }: EditCellsProps) {
  // As it was opened: what others do meanwhile must be noticed, not taken over unseen.
  const [opened] = useState({ version: ticket.version, response: responseText(ticket) });
  const form = `edit-${ticket.id}`;
  const name = ticketName(ticket.id);
  const field = (key: string, now: string | null) => ({
    form,
    name: key,
    defaultValue: typed?.[key] ?? now ?? '',
    autoComplete: 'off',
  });
  return (
    <>
      <td data-label="Customer">
        <input
          {...field('customer', ticket.customer)}
          aria-label={`Customer of ${name}`}
          required
          maxLength={500}
        />
        <input
          {...field('email', ticket.email)}
          aria-label={`E-mail of ${name}`}
          inputMode="email"
          placeholder="E-mail"
          maxLength={LIMITS.email}
        />
      </td>
      <td data-label="Issue">
        <textarea
          {...field('issue', ticket.issue)}
          aria-label={`Issue of ${name}`}
          rows={2}
          required
          maxLength={LIMITS.issue}
        />
      </td>
      <td data-label="Status">
        <select {...field('status', ticket.status)} aria-label={`Status of ${name}`} autoFocus>
          {TICKET_STATUSES.map((status) => (
            <option key={status} value={status}>
              {STATUS_WORDS[status]}
            </option>
          ))}
        </select>
      </td>
      <td data-label="Response time">
        <input
          {...field('response', opened.response)}
          aria-label={`Response time of ${name} in minutes`}
          inputMode="decimal"
          placeholder="minutes"
        />
        <small>minutes; answered now if left empty</small>
      </td>
      <td>
        <PostForm
          action="/tickets"
          id={form}
          returnTo={back}
          fields={{
            do: 'change',
            ticket: String(ticket.id),
            version: String(opened.version),
            responseWas: opened.response,
          }}
        >
          {(busy) => (
            <div className="oc-row">
              <SubmitButton look="primary" size="slim" disabled={busy}>
                Save
              </SubmitButton>
              <Link to={back} preventScrollReset>
                Cancel
              </Link>
            </div>
          )}
        </PostForm>
      </td>
    </>
  );
}
