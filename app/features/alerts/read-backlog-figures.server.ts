import type pg from 'pg';
import { chatwootNow } from '../../lib/chatwoot/chatwoot-now.server.ts';
import { readWaitingByHand } from '../tickets/hand-waits.server.ts';
import type { BacklogFigures } from './reading.ts';

const HOUR_MS = 3_600_000;
/** A list of conversations that is behind by more than this does not know who waits now. */
const STALE_MS = 60_000;

/**
 * How long customers wait, as far as it is recorded: the first answers of the last hour, and who waits longer than their
 * SLA allows now. Unknown while the list of conversations is behind, or counted for the first time.
 * @param targetMs SLA_FIRST_RESPONSE
 * @param speed of the drill that is open, else 1: the hour is divided by it
 */
export async function readBacklogFigures(
  client: pg.ClientBase,
  { now, speed, targetMs }: { now: Date; speed: number; targetMs: number },
): Promise<BacklogFigures> {
  // Waits bear Chatwoot's times.
  const there = await chatwootNow(client, now);
  const { rows } = await client.query<{ known: boolean | null; average: number | null; breaches: number }>(
    `SELECT (SELECT caught_up_at > $2 FROM backlog_projection) AND NOT EXISTS (
         SELECT FROM backlog_checks WHERE is_first AND finished_at IS NULL
           AND progressed_at > $1::timestamptz - interval '2 minutes') AS known,
       (SELECT avg(extract(epoch FROM answered_at - since))::float8 FROM waits
        WHERE answered_at > $3 AND answered_at <= $4) AS average,
       (SELECT count(*) FROM conversations WHERE waiting_since IS NOT NULL AND due_at < $4) AS breaches`,
    [now, new Date(now.getTime() - STALE_MS), new Date(there.getTime() - HOUR_MS / speed), there],
  );
  const { known, average, breaches } = rows[0]!;
  const { breached: breachesByHand } = await readWaitingByHand(client, targetMs, now);
  if (!known) return { averageResponseSeconds: null, slaBreaches: null, breachesByHand };
  const averageResponseSeconds = average === null ? null : Math.round(average);
  return { averageResponseSeconds, slaBreaches: breaches, breachesByHand };
}
