import { Link, useLocation, useNavigation } from '@remix-run/react';
import { useEffect, useRef, useState } from 'react';
import {
  STATUS_WORDS,
  TICKET_LIMITS,
  TICKET_STATUSES,
  ticketName,
  type TicketView,
} from '../../features/tickets/ticket-view.ts';
import { TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { responseText } from '../../features/tickets/ticket-words.ts';

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
          maxLength={TICKET_LIMITS.email}
        />
      </td>
      <td data-label="Issue">
        <textarea
          {...field('issue', ticket.issue)}
          aria-label={`Issue of ${name}`}
          rows={2}
          required
          maxLength={TICKET_LIMITS.issue}
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

interface AddLineProps {
  /** What was typed and not taken. */
  typed: Record<string, string> | null;
  /** Something was just added: the next one is typed at once. */
  added: boolean;
}

/** A ticket in one line: Tab from field to field, Enter adds it, and the cursor is back in the first. */
export function AddLine({ typed, added }: AddLineProps) {
  const line = useRef<HTMLDivElement>(null);
  const { state } = useNavigation();
  const was = useRef(state);
  useEffect(() => {
    if (added && was.current !== 'idle' && state === 'idle') line.current?.querySelector('input')?.focus();
    was.current = state;
  }, [state, added]);
  const { hash, key } = useLocation();
  // Somebody came to type.
  useEffect(() => {
    if (hash === '#add') line.current?.querySelector('input')?.focus();
  }, [hash, key]);
  const value = (name: string) => typed?.[name];
  return (
    <PostForm action="/tickets" fields={{ do: 'add' }} resets={typed === null} key={JSON.stringify(typed)}>
      {(busy) => (
        <div className="oc-ticket-line" id="add" ref={line}>
          <TextField
            label="Customer"
            name="customer"
            required
            maxLength={500}
            autoComplete="off"
            // The one thing that is done here, over and over.
            autoFocus={added || typed !== null}
            placeholder="Name, or Name <address>"
            defaultValue={value('customer')}
          />
          <TextField
            label="E-mail"
            name="email"
            maxLength={TICKET_LIMITS.email}
            autoComplete="off"
            inputMode="email"
            defaultValue={value('email')}
          />
          <TextField
            label="Issue"
            name="issue"
            required
            maxLength={TICKET_LIMITS.issue}
            autoComplete="off"
            defaultValue={value('issue')}
            wide
          />
          <TextField
            label="Wrote, minutes ago"
            name="minutesAgo"
            inputMode="decimal"
            autoComplete="off"
            placeholder="now"
            defaultValue={value('minutesAgo')}
          />
          <SubmitButton look="primary" disabled={busy}>
            Add
          </SubmitButton>
        </div>
      )}
    </PostForm>
  );
}
