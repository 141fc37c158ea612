import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/transaction.server.ts';
import { noteGap } from './note-gap.server.ts';

/** A shorter silence says nothing, s. */
const SHORTEST_S = 8;
/** So many messages would have come at the pace of before: that none did is chance once in e^10, which is 22,000, times. */
const EXPECTED = 10;
/** The pace is counted over the time before the silence, s; a silence is looked for as far back as that again. */
const PACE_S = 120;

/**
 * The last silence that is over and no gap yet: seconds without any message's webhook, after seconds in which so many came
 * that some should have. What lies on disk or is not read yet would look like one.
 */
const SILENCE = `
WITH seconds AS (
  SELECT bucket, sum(n)::int AS n FROM fact_rollups
  WHERE resolution = 'second' AND metric = 'arrival' AND bucket > now() - ${2 * PACE_S} * interval '1 second'
  GROUP BY bucket
), pauses AS (
  SELECT lag(bucket) OVER w AS began_at, bucket + interval '1 second' AS ended_at,
    extract(epoch FROM bucket - lag(bucket) OVER w) - 1 AS silent_s,
    sum(n) OVER (ORDER BY bucket RANGE BETWEEN '${PACE_S} seconds' PRECEDING AND CURRENT ROW) - n AS before
  FROM seconds WINDOW w AS (ORDER BY bucket)
)
SELECT p.began_at AS "beganAt", p.ended_at AS "endedAt" FROM pauses p
WHERE p.silent_s >= ${SHORTEST_S}
  AND p.silent_s * p.before / GREATEST(1, ${PACE_S} - p.silent_s) >= ${EXPECTED}
  AND NOT EXISTS (SELECT FROM arrival_gaps g
    WHERE g.ended_at >= p.began_at AND COALESCE(g.began_at, 'epoch') <= p.ended_at)
  AND NOT EXISTS (SELECT FROM processes WHERE spooled > 0 AND last_seen > now() - interval '8 seconds')
  AND NOT (SELECT narrowed FROM narrowed_webhooks)
ORDER BY p.ended_at DESC LIMIT 1`;

/**
 * Notes a silence of Chatwoot's own that is over: its workers or its Redis were away while customers wrote, for so short a
 * time that nobody looked. The webhooks of its workers come late, those of its Redis never.
 */
export async function noteSilence({ db, changes, log }: Services): Promise<void> {
  const { rows } = await db.pool.query<{ beganAt: Date; endedAt: Date }>({
    name: 'arrival-silence',
    text: SILENCE,
  });
  const [silence] = rows;
  if (!silence) return;
  await inTransaction(db.pool, (client) => noteGap(client, { kind: 'silence', ...silence }));
  log.info(silence, 'no message came for a while although many should have: Chatwoot is compared');
  changes.announce('work');
}
