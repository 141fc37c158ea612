import { slaClock } from '../../features/tickets/sla-clock.ts';
import { TICKET_LIMITS, type TicketEntryView, type TicketView } from '../../features/tickets/ticket-view.ts';
import { durationText, formatUtc } from '../../lib/time-words.ts';
import { timeIn } from '../../lib/zone.ts';
import { TextArea } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { Section } from '../layout/page.tsx';
import { Moment, useNow, useZone, useZoneWords } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

/** Where the first answer stands: colour, icon and words, second by second. */
export function TicketClock({ ticket }: { ticket: TicketView }) {
  const clock = slaClock(ticket, useNow());
  const length = durationText;
  switch (clock.state) {
    case 'breached':
      return (
        <span className="oc-ticket-clock" title={dueTitle(ticket)}>
          <ToneWord tone="critical">{`Late by ${length(clock.lateMs)}`}</ToneWord>
          <Since ticket={ticket} />
        </span>
      );
    case 'soon':
      return (
        <span className="oc-ticket-clock" title={dueTitle(ticket)}>
          <ToneWord tone="warning">{`Answer within ${length(clock.leftMs)}`}</ToneWord>
          <Since ticket={ticket} />
        </span>
      );
    case 'waiting':
      return (
        <span className="oc-ticket-clock" title={dueTitle(ticket)}>
          <ToneWord tone="good">{`${length(clock.leftMs)} left`}</ToneWord>
          <Since ticket={ticket} />
        </span>
      );
    case 'answered_in_time':
      return (
        <span className="oc-ticket-clock">
          <ToneWord tone="good">{`After ${length(clock.tookMs)}`}</ToneWord>
          <small>in time</small>
        </span>
      );
    case 'answered_late':
      return (
        <span className="oc-ticket-clock">
          <ToneWord tone="critical">{`After ${length(clock.tookMs)}`}</ToneWord>
          <small>{length(clock.lateMs)} too late</small>
        </span>
      );
    case 'answered_unknown':
      return <ToneWord tone="unknown">Answered, time not noted</ToneWord>;
    case 'closed_unanswered':
      return <ToneWord tone="unknown">Closed, no answer noted</ToneWord>;
    case 'merged':
      return <ToneWord tone="info">Goes on in Chatwoot</ToneWord>;
  }
}

const dueTitle = ({ dueAt }: TicketView) => `First answer due ${formatUtc(dueAt)}`;

function Since({ ticket: { receivedKnown } }: { ticket: TicketView }) {
  return receivedKnown ? null : <small>counted from the import: when the customer wrote is not known</small>;
}

const KINDS: Record<TicketEntryView['kind'], string> = {
  created: 'Began',
  changed: 'Changed',
  note: 'Note',
  reply: 'Answered by hand',
  email: 'E-mail',
  merge: 'Chatwoot',
};

const FIELDS: Record<string, string> = {
  customer: 'Customer',
  email: 'E-mail',
  issue: 'Issue',
  status: 'Status',
  firstResponseAt: 'First answer',
};

/** Everything that happened to a ticket, newest first. */
export function TicketHistory({ entries }: { entries: TicketEntryView[] }) {
  const zone = useZone();
  return (
    <Section id="history" title="History" hint={`Times are ${useZoneWords()}.`}>
      <ol className="oc-ticket-history">
        {entries.toReversed().map((entry) => (
          <li key={entry.id}>
            <div>
              <b>{KINDS[entry.kind]}</b> by {entry.by}
              <small>
                <Moment at={entry.at} />
              </small>
            </div>
            <div>
              {entry.kind === 'email' && <Sent entry={entry} />}
              {entry.changes.map(({ field, before, after }) => (
                <p key={field}>
                  {FIELDS[field] ?? field}: {shown(field, before, zone)} → {shown(field, after, zone)}
                </p>
              ))}
              {entry.text === null ? (
                <p className="oc-quiet">Your role does not show this</p>
              ) : (
                entry.text !== '' && <p className="oc-ticket-text">{entry.text}</p>
              )}
            </div>
          </li>
        ))}
      </ol>
    </Section>
  );
}

const shown = (field: string, value: string, zone: string) =>
  value === '' ? 'nothing' : field === 'firstResponseAt' ? timeIn(value, zone) : value;

/** A sending that has not ended after this long was broken off, ms. */
const BROKEN_OFF = 30_000;

function Sent({ entry: { state, answer, at } }: { entry: TicketEntryView }) {
  const age = useNow() - Date.parse(at);
  if (state === 'accepted')
    return <ToneWord tone="good">{`Accepted by the mail server: ${answer ?? ''}`}</ToneWord>;
  if (state === 'failed') return <ToneWord tone="critical">{`Not sent: ${answer ?? ''}`}</ToneWord>;
  if (answer === null && age < BROKEN_OFF) return <ToneWord tone="info">Is being sent</ToneWord>;
  return <ToneWord tone="warning">{`Not known whether it was sent. ${answer ?? ''}`}</ToneWord>;
}

export function NoteForm({ ticket }: { ticket: TicketView }) {
  return (
    <Section id="note" title="Note">
      <PostForm action={`/tickets/${ticket.id}`} fields={{ do: 'note' }} className="oc-form" resets>
        {(busy) => (
          <>
            <TextArea
              label="For the others, not for the customer"
              name="text"
              required
              maxLength={TICKET_LIMITS.text}
            />
            <SubmitButton disabled={busy}>Keep the note</SubmitButton>
          </>
        )}
      </PostForm>
    </Section>
  );
}
