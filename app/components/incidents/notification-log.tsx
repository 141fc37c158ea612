import type { DeliveryLogLine, NotificationLine } from '../../features/notify/notifications-view.ts';
import type { Tone } from '../../features/overview/overview-view.ts';
import { countText, formatUtcSeconds } from '../../lib/words.ts';
import { Section } from '../layout/section.tsx';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

const STATES: Record<NotificationLine['state'], { tone: Tone; word: string }> = {
  queued: { tone: 'info', word: 'On its way' },
  accepted: { tone: 'good', word: 'Accepted' },
  failed: { tone: 'critical', word: 'Failed' },
  simulated: { tone: 'unknown', word: 'Only recorded' },
  folded: { tone: 'unknown', word: 'Joined with another' },
};

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
  /** What it says when there is none. */
  empty?: string;
}

/** Who was sent what, and what the other side answered; "accepted" is only what it did accept. */
export function NotificationLog({
  notifications,
  title = 'Who was told',
  empty = 'Nobody has been told by this app: no channel is set up, or none was due.',
}: NotificationLogProps) {
  return (
    <Section id="notifications" title={title}>
      {notifications.length === 0 ? (
        <p className="oc-hint">{empty}</p>
      ) : (
        <ul className="oc-lines">
          {notifications.map((line) => (
            <li key={line.id}>
              <ToneWord tone={STATES[line.state].tone}>{STATES[line.state].word}</ToneWord>
              <div>
                <p>
                  {KINDS[line.kind] ?? line.kind}: <b>{line.to}</b> by {line.channel}{' '}
                  <Time at={line.finishedAt ?? line.createdAt} />
                </p>
                {(line.answer || line.attempts > 1) && (
                  <small>
                    {line.attempts > 1 && `Tried ${countText(line.attempts, 'time')}. `}
                    {line.answer && `Answer: ${line.answer}`}
                  </small>
                )}
                <DeliveryLog line={line} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** Each step of one message on its way, by the clock. */
function DeliveryLog({ line: { log, to, channel } }: { line: NotificationLine }) {
  if (log.length === 0) return null;
  return (
    <details className="oc-delivery-log">
      <summary aria-label={`Delivery log: ${channel} to ${to}`}>Delivery log</summary>
      <ol>
        {log.map(({ at, state, answer }, index) => (
          <li key={index}>
            <time dateTime={at}>{formatUtcSeconds(at)} UTC</time> {LOGGED[state]}
            {answer && <>: {answer}</>}
          </li>
        ))}
      </ol>
    </details>
  );
}
