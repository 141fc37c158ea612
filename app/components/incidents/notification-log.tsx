import type { NotificationLine } from '../../features/incidents/incident-view.ts';
import type { Tone } from '../../features/overview/overview.ts';
import { countText } from '../../features/overview/words.ts';
import { Section } from '../section.tsx';
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
  fallback_on: 'Fallback mode on',
  fallback_off: 'Fallback mode off',
  report_due: 'Report due',
  test: 'Test',
};

/** Who was sent what, and what the other side answered; "accepted" is only what it did accept. */
export function NotificationLog({ notifications }: { notifications: NotificationLine[] }) {
  return (
    <Section id="notifications" title="Who was told">
      {notifications.length === 0 ? (
        <p className="oc-hint">Nobody has been told by this app: no channel is set up, or none was due.</p>
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
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
