import type { DeliveryLogLine, NotificationLine } from '../../features/notify/message.ts';
import type { Tone } from '../../features/overview/overview-view.ts';
import { countText } from '../../lib/words.ts';
import { Section } from '../layout/page.tsx';
import { Moment, Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

const STATES: Record<NotificationLine['state'], { tone: Tone; word: string }> = {
  queued: { tone: 'info', word: 'On its way' },
  accepted: { tone: 'good', word: 'Accepted' },
  failed: { tone: 'critical', word: 'Failed' },
  simulated: { tone: 'unknown', word: 'Only recorded' },
  folded: { tone: 'unknown', word: 'Joined with another' },
};

/** How an event stands whose messages differ: as the worst of them. */
const WORST_FIRST: NotificationLine['state'][] = ['failed', 'queued', 'simulated', 'folded', 'accepted'];

const KINDS: Record<string, string> = {
  opened: 'Opened',
  raised: 'Severity raised',
  escalated: 'Escalation',
  acknowledged: 'Acknowledged',
  recovered: 'Recovered',
  resolved: 'Resolved',
  reopened: 'Reopened',
  warning: 'Warning',
  warning_cleared: 'Warning over',
  fallback_on: 'Fallback mode on',
  fallback_off: 'Fallback mode off',
  report_due: 'Report due',
  public_update: 'Update for customers',
  update_due: 'Update for customers due',
  test: 'Test',
};

const LOGGED: Record<DeliveryLogLine['state'], string> = {
  queued: 'queued',
  sent: 'sent',
  accepted: 'accepted',
  failed: 'failed',
  simulated: 'recorded, not sent',
  folded: 'joined with another',
};

interface NotificationLogProps {
  notifications: NotificationLine[];
  title?: string;
  /** They are of all incidents, the newest first: those before are one click away. */
  newestFirst?: boolean;
  /** What it says when there is none. */
  empty?: string;
}

/** Who was sent what, event by event, and what the other side answered; "accepted" is only what it did accept. */
export function NotificationLog({
  notifications,
  title = 'Who was told',
  newestFirst = false,
  empty = 'Nobody has been told by this app: no channel is set up, or none was due.',
}: NotificationLogProps) {
  const events = eventsOf(notifications);
  const isNear = (lines: NotificationLine[]) =>
    !newestFirst || events.indexOf(lines) < NEAR || lines.some(({ state }) => state === 'failed');
  const earlier = events.filter((lines) => !isNear(lines));
  return (
    <Section id="notifications" title={title}>
      {notifications.length === 0 ? (
        <p className="oc-hint">{empty}</p>
      ) : (
        <Events events={events.filter(isNear)} />
      )}
      {earlier.length > 0 && (
        <details className="oc-details">
          <summary>Before that: {earlier.length}</summary>
          <Events events={earlier} />
        </details>
      )}
    </Section>
  );
}

/** So many of the newest are in view, and whatever failed. */
const NEAR = 4;

const Events = ({ events }: { events: NotificationLine[][] }) => (
  <ul className="oc-lines oc-told">
    {events.map((lines) => (
      <Event key={lines[0]!.id} lines={lines} />
    ))}
  </ul>
);

/** "Opened: Slack, E-mail, PagerDuty, Accepted"; each message on its own is behind it, and in view where one failed. */
function Event({ lines }: { lines: NotificationLine[] }) {
  const [{ kind, createdAt }] = lines as [NotificationLine];
  const worst = WORST_FIRST.find((state) => lines.some((line) => line.state === state))!;
  const same = lines.every(({ state }) => state === worst);
  return (
    <li>
      <details open={worst === 'failed' || undefined}>
        <summary>
          <span className="oc-told-words">
            <b>{KINDS[kind] ?? kind}:</b>{' '}
            {recipientsOf(lines).map(({ words, state }, index) => (
              <span key={words}>
                {index > 0 && ', '}
                {words}
                {!same && ` (${STATES[state].word.toLowerCase()})`}
              </span>
            ))}{' '}
            <Time at={createdAt} />
          </span>
          <ToneWord tone={STATES[worst].tone}>
            {same
              ? STATES[worst].word
              : `${countText(lines.filter(({ state }) => state === worst).length, 'message')} ${STATES[worst].word.toLowerCase()}`}
          </ToneWord>
        </summary>
        <ul className="oc-told-messages">
          {lines.map((line) => (
            <Message key={line.id} line={line} />
          ))}
        </ul>
      </details>
    </li>
  );
}

function Message({ line }: { line: NotificationLine }) {
  return (
    <li>
      <p>
        <b>{line.to}</b> by {line.channel}: {STATES[line.state].word.toLowerCase()}{' '}
        <Time at={line.finishedAt ?? line.createdAt} />
      </p>
      {(line.answer || line.attempts > 1) && (
        <small>
          {line.attempts > 1 && `Tried ${countText(line.attempts, 'time')}. `}
          {line.answer && `Answer: ${line.answer}`}
        </small>
      )}
      {line.log.length > 0 && (
        <ol aria-label={`Delivery log: ${line.channel} to ${line.to}`}>
          {line.log.map(({ at, state, answer }, index) => (
            <li key={index}>
              <Moment at={at} form="seconds" /> {LOGGED[state]}
              {answer && <>: {answer}</>}
            </li>
          ))}
        </ol>
      )}
    </li>
  );
}

/** Messages of one event are queued in one go, and their rows have its time. */
const ONE_EVENT_MS = 2000;

/** Messages of the same event, in the order in which they come. */
function eventsOf(notifications: readonly NotificationLine[]): NotificationLine[][] {
  const events: NotificationLine[][] = [];
  for (const line of notifications) {
    const event = events.find(
      ([first]) =>
        first!.kind === line.kind &&
        first!.incidentId === line.incidentId &&
        Math.abs(Date.parse(first!.createdAt) - Date.parse(line.createdAt)) < ONE_EVENT_MS,
    );
    if (event) event.push(line);
    else events.push([line]);
  }
  return events;
}

/** A channel by its name, and with the person's where it is one of theirs: "Slack", "E-mail to Ada". */
function recipientsOf(
  lines: readonly NotificationLine[],
): { words: string; state: NotificationLine['state'] }[] {
  const seen = new Map<string, NotificationLine['state']>();
  for (const { channel, to, state } of lines) {
    const words = to === 'the team' ? channel : `${channel} to ${to}`;
    const before = seen.get(words);
    if (!before || WORST_FIRST.indexOf(state) < WORST_FIRST.indexOf(before)) seen.set(words, state);
  }
  return [...seen].map(([words, state]) => ({ words, state }));
}
