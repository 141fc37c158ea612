import type { Queryable } from '../../../lib/reading.ts';
import { noteGap } from './note-gap.server.ts';

/** A process that takes webhooks. */
export interface Listener {
  id: string;
  host: string;
  dataDir: string;
}

/**
 * Since when nobody has made up for: the last sign of life of each listener that died, or that was here before this one, and
 * the first orderly stop. What was before the last start is made up for.
 */
const BEFORE_START = `
SELECT LEAST(
  (SELECT min(last_seen) FROM processes p, made_up m
   WHERE p.id <> $1 AND p.role <> 'worker' AND p.last_seen > m.at
     AND (p.last_seen < clock_timestamp() - interval '8 seconds' OR (p.host, p.data_dir) = ($2, $3))),
  (SELECT listened_until FROM arrival_watch)) AS began_at`;

const MADE_UP = `
WITH made_up AS (SELECT COALESCE(max(ended_at), 'epoch') AS at FROM arrival_gaps WHERE kind = 'start')`;

/**
 * A listener says that it lives after a time in which it did not: it has just started, stood still (a machine that slept, a
 * signal), or was without its database. That time is a gap. Call it in the transaction that writes its sign of life, before
 * that: nobody may send anything newer in between.
 */
export async function noteListening(client: Queryable, { id, host, dataDir }: Listener): Promise<void> {
  const own = await client.query<{ last_seen: Date; now: Date }>(
    'SELECT last_seen, clock_timestamp() AS now FROM processes WHERE id = $1',
    [id],
  );
  const [before] = own.rows;
  if (before) {
    await noteGap(client, { kind: 'break', beganAt: before.last_seen, endedAt: before.now });
    return;
  }
  const { rows } = await client.query<{ began_at: Date | null; now: Date }>(
    `${MADE_UP} SELECT (${BEFORE_START}) AS began_at, clock_timestamp() AS now`,
    [id, host, dataDir],
  );
  await noteGap(client, { kind: 'start', beganAt: rows[0]!.began_at, endedAt: rows[0]!.now });
  await client.query('UPDATE arrival_watch SET listened_until = NULL WHERE listened_until IS NOT NULL');
}

/** A listener stops in good order: its row goes, the time from which nobody may listen stays. */
export async function noteStopped(db: Queryable): Promise<void> {
  await db.query('UPDATE arrival_watch SET listened_until = LEAST(COALESCE(listened_until, now()), now())');
}
