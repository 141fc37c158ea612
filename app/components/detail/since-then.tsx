import { Link } from '@remix-run/react';
import { countText } from '../../features/overview/words.ts';
import { Section } from '../section.tsx';
import { Time } from '../time.tsx';
import type { Detail } from './detail.ts';

const OUTCOMES = {
  delivered: 'delivered',
  dead: 'failed again',
  skipped: 'left out, a person had answered',
  cancelled: 'cancelled before it was sent',
  discarded: 'discarded meanwhile',
} as const;

/** What happened in the conversation and with this entry since it failed. */
export function SinceThen({ detail }: { detail: Detail }) {
  const { newerDelivered, lastDeliveredAt, answeredAt, resolvedAt } = detail.since;
  const nothing = newerDelivered === 0 && !answeredAt && !resolvedAt && detail.replays.length === 0;
  return (
    <Section id="since" title="What happened since">
      {nothing ? (
        <p className="oc-hint">
          Nothing: no answer, no newer message delivered, no replay. The customer may still be waiting.
        </p>
      ) : (
        <ul className="oc-list">
          {answeredAt && (
            <li>
              A person answered in this conversation <Time at={answeredAt} />.
            </li>
          )}
          {resolvedAt && (
            <li>
              The conversation was resolved <Time at={resolvedAt} />.
            </li>
          )}
          {newerDelivered > 0 && (
            <li>
              {countText(newerDelivered, 'newer webhook')} of this conversation delivered
              {lastDeliveredAt && (
                <>
                  , the last <Time at={lastDeliveredAt} />
                </>
              )}
              .
            </li>
          )}
          {detail.replays.map((replay) => (
            <li key={replay.replayId}>
              <Link to="/#replays">Replay {replay.replayId}</Link> by {replay.createdBy}{' '}
              <Time at={replay.createdAt} />: {replay.outcome ? OUTCOMES[replay.outcome] : 'not finished yet'}
              .
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
