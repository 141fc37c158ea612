import type { TicketEntryView } from '../../features/tickets/ticket-view.ts';
import { Moment, useNow, useZone, useZoneWords } from '../time.tsx';
import { timeIn } from '../../lib/zone.ts';
import { Section } from '../layout/section.tsx';
import { ToneWord } from '../tone.tsx';

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
