import { useSearchParams } from '@remix-run/react';
import { useState } from 'react';
import {
  STATUS_WORDS,
  TICKET_LIMITS,
  TICKET_STATUSES,
  type TicketEntryView,
  ticketName,
  type TicketView,
} from '../../features/tickets/ticket-view.ts';
import {
  isEditable,
  MERGE_WORDS,
  responseText,
  shownText,
  ticketNotice,
} from '../../features/tickets/ticket-words.ts';
import { durationText } from '../../lib/time-words.ts';
import { Done, Problem, SelectField, TextArea, TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { BackLink, Page, Section } from '../layout/page.tsx';
import { PersonName, useMay } from '../layout/person.tsx';
import { Moment } from '../time.tsx';
import { ToneWord } from '../tone.tsx';
import { AnswerForm } from './answer-form.tsx';
import { NoteForm, TicketClock, TicketHistory } from './ticket-page-parts.tsx';

export interface TicketPageProps {
  at: string;
  ticket: TicketView;
  entries: TicketEntryView[];
  templates: { id: number; name: string }[];
  templateId: number | null;
  /** Null for whoever may not read texts. */
  draft: { subject: string; body: string } | null;
  mailId: string;
  canSend: boolean;
  targetMs: number;
  result: { problem: string; typed: Record<string, string>; conflict: boolean } | null;
}

/** One ticket: where it stands, the answer, what can be changed, and everything that happened. */
export function TicketPage(props: TicketPageProps) {
  const { at, ticket, entries, draft, targetMs, result } = props;
  const [params] = useSearchParams();
  const mayWrite = useMay('tickets.write') && isEditable(ticket);
  const typedFor = (what: string[]) => (what.includes(result?.typed.do ?? '') ? result!.typed : null);
  return (
    <Page at={at} live>
      <BackLink to="/tickets">All tickets</BackLink>
      <div>
        <Done text={result ? null : ticketNotice(params)} />
        <Problem>{result?.problem}</Problem>
      </div>
      <Head ticket={ticket} targetMs={targetMs} />
      {mayWrite && (
        <div className={draft ? 'oc-two' : undefined}>
          {draft && (
            <AnswerForm
              {...props}
              draft={draft}
              typed={typedFor(['send', 'reply'])}
              key={`answer-${props.templateId}-${JSON.stringify(typedFor(['send', 'reply']))}`}
            />
          )}
          <div className="oc-column">
            <EditForm
              ticket={ticket}
              typed={typedFor(['change'])}
              key={`edit-${result?.conflict || !result ? ticket.version : 'same'}`}
            />
            <NoteForm ticket={ticket} />
          </div>
        </div>
      )}
      <TicketHistory entries={entries} />
    </Page>
  );
}

function Head({ ticket, targetMs }: { ticket: TicketView; targetMs: number }) {
  const { merge } = ticket;
  return (
    <Section
      id="ticket"
      heading="h1"
      title={`Ticket ${ticketName(ticket.id)}`}
      side={<TicketClock ticket={ticket} />}
    >
      <p>
        <b>
          <PersonName name={shownText(ticket.customer, ticket)} />
        </b>
        {ticket.email && ticket.email !== ticket.customer && <>, {ticket.email}</>}
      </p>
      <p className="oc-ticket-text">{shownText(ticket.issue, ticket)}</p>
      <p className="oc-hint">
        {STATUS_WORDS[ticket.status]}.{' '}
        {ticket.receivedKnown ? (
          <>
            The customer wrote at <Moment at={ticket.receivedAt} />
          </>
        ) : (
          'When the customer wrote is not known: the clock runs from the import'
        )}
        ; the first answer is due within {durationText(targetMs)}. Kept by {ticket.createdBy}
        {ticket.externalId && `, number ${ticket.externalId} in the spreadsheet`}.
      </p>
      {merge && (
        <p>
          <ToneWord tone={MERGE_WORDS[merge.state].tone}>{MERGE_WORDS[merge.state].words}</ToneWord>{' '}
          {merge.url && <a href={merge.url}>Conversation {merge.conversationId}</a>}
          {merge.result && merge.state !== 'done' && <>: {merge.result}</>}
        </p>
      )}
    </Section>
  );
}

function EditForm({ ticket, typed }: { ticket: TicketView; typed: Record<string, string> | null }) {
  // As it was opened: what others do meanwhile must be noticed, not taken over unseen.
  const [opened] = useState({ version: ticket.version, response: responseText(ticket) });
  const value = (name: string, now: string | null) => typed?.[name] ?? now ?? '';
  return (
    <Section id="change" title="Change">
      <PostForm
        action={`/tickets/${ticket.id}`}
        fields={{ do: 'change', version: String(opened.version), responseWas: opened.response }}
        className="oc-form"
      >
        {(busy) => (
          <>
            <TextField
              label="Customer"
              name="customer"
              required
              maxLength={500}
              autoComplete="off"
              defaultValue={value('customer', ticket.customer)}
            />
            <TextField
              label="E-mail"
              name="email"
              maxLength={TICKET_LIMITS.email}
              autoComplete="off"
              inputMode="email"
              defaultValue={value('email', ticket.email)}
            />
            <TextArea
              label="Issue"
              name="issue"
              required
              maxLength={TICKET_LIMITS.issue}
              defaultValue={value('issue', ticket.issue)}
            />
            <SelectField label="Status" name="status" defaultValue={value('status', ticket.status)}>
              {TICKET_STATUSES.map((status) => (
                <option key={status} value={status}>
                  {STATUS_WORDS[status]}
                </option>
              ))}
            </SelectField>
            <TextField
              label="Response time in minutes"
              name="response"
              inputMode="decimal"
              autoComplete="off"
              defaultValue={value('response', opened.response)}
              hint="From the customer's message to the first answer. Left empty, “Answered” means now."
            />
            <SubmitButton disabled={busy}>Save</SubmitButton>
          </>
        )}
      </PostForm>
    </Section>
  );
}
