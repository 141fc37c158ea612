import { durationText, formatUtc } from '../../lib/words.ts';
import { slaClock } from '../../features/tickets/sla-clock.ts';
import type { TicketView } from '../../features/tickets/ticket-view.ts';
import { useNow } from '../time.tsx';
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
