import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { factType } from '../facts/record-fact.server.ts';
import { IS_ALIVE } from '../processes/liveness.ts';

export interface QueueFigures {
  /** Events by state; `held` is what is pending, not in flight, while the breaker is not closed or delivery is paused. */
  states: {
    pending: number;
    held: number;
    in_flight: number;
    withheld: number;
    dead: number;
    discarded: number;
  };
  /** Age of the oldest event not yet delivered, seconds; null when there is none. */
  oldestPendingSeconds: number | null;
  breaker: 'closed' | 'open' | 'half_open';
}

/** Depth of the queue, from partial indexes: its cost grows with the backlog, not with history. */
export async function readQueueFigures(pool: pg.Pool): Promise<QueueFigures> {
  const { rows } = await pool.query<{
    pending: number;
    in_flight: number;
    withheld: number;
    dead: number;
    discarded: number;
    oldest: number | null;
    breaker: QueueFigures['breaker'];
    paused: boolean;
  }>(`SELECT
    (SELECT count(*) FROM deliveries WHERE state = 'pending') AS pending,
    (SELECT count(*) FROM leases) AS in_flight,
    (SELECT count(*) FROM deliveries WHERE state = 'withheld') AS withheld,
    (SELECT count(*) FROM deliveries WHERE state = 'dead') AS dead,
    (SELECT count(*) FROM deliveries WHERE state = 'discarded') AS discarded,
    (SELECT extract(epoch FROM now() - received_at)::float8 FROM deliveries WHERE state = 'pending' ORDER BY seq LIMIT 1) AS oldest,
    (SELECT state FROM breakers WHERE name = 'agent') AS breaker,
    (SELECT paused FROM delivery_pause) AS paused`);
  const row = rows[0]!;
  const held = row.breaker === 'closed' && !row.paused ? 0 : Math.max(0, row.pending - row.in_flight);
  return {
    states: {
      pending: row.pending - held,
      held,
      in_flight: row.in_flight,
      withheld: row.withheld,
      dead: row.dead,
      discarded: row.discarded,
    },
    oldestPendingSeconds: row.oldest,
    breaker: row.breaker,
  };
}

export interface OpsStatus {
  breaker: { state: string; since: Date; nextProbeAt: Date | null };
  /** Age in seconds of the oldest event that is on its way; null when there is none. */
  oldestPendingSeconds: number | null;
  deadLetters: { open: number; lastHour: number };
  /** Processes seen in the last 8 s, by role. */
  processes: { web: number; worker: number };
  spoolingSince: Date | null;
}

/** What `ops:status` shows beside the ledger and the replays. */
export async function readOpsStatus(services: Services, now: Date): Promise<OpsStatus> {
  const { rows } = await services.db.pool.query<{
    state: string;
    since: Date;
    next_probe_at: Date | null;
    oldest: Date | null;
    open: number;
    last_hour: number;
    web: number;
    worker: number;
    spooling_since: Date | null;
  }>(
    `SELECT b.state, b.since, b.next_probe_at, p.*,
       (SELECT received_at FROM deliveries WHERE state = 'pending' ORDER BY seq LIMIT 1) AS oldest,
       (SELECT count(*) FROM deliveries WHERE state = 'dead') AS open,
       (SELECT count(*) FROM dashboard_facts
        WHERE fact_type = ${factType('support.webhook.dead_letter')} AND recorded_at > $1::timestamptz - interval '1 hour') AS last_hour
     FROM breakers b, (
       SELECT count(*) FILTER (WHERE role IN ('all', 'web')) AS web,
         count(*) FILTER (WHERE role IN ('all', 'worker')) AS worker, min(spooled_since) AS spooling_since
       FROM processes WHERE ${IS_ALIVE}) p
     WHERE b.name = 'agent'`,
    [now],
  );
  const row = rows[0]!;
  return {
    breaker: { state: row.state, since: row.since, nextProbeAt: row.next_probe_at },
    oldestPendingSeconds: row.oldest
      ? Math.max(Math.round((now.getTime() - row.oldest.getTime()) / 1000), 0)
      : null,
    deadLetters: { open: row.open, lastHour: row.last_hour },
    processes: { web: row.web, worker: row.worker },
    spoolingSince: row.spooling_since,
  };
}

/** How many messages of a conversation's customer have no draft yet, since when, and whether that is held; how many were given up. */
export async function readConversationDrafts(
  pool: pg.Pool,
  key: string,
): Promise<{ open: number; since: string | null; held: boolean; given: number }> {
  const { rows } = await pool.query<{ open: number; since: Date | null; held: boolean; given: number }>(
    `SELECT count(*) FILTER (WHERE state = 'pending') AS open, min(received_at) FILTER (WHERE state = 'pending') AS since,
       count(*) FILTER (WHERE state = 'dead') AS given,
       (SELECT state <> 'closed' FROM breakers WHERE name = 'agent') OR (SELECT paused FROM delivery_pause) AS held
     FROM deliveries WHERE conversation_key = $1 AND signal = 'customer_message' AND state IN ('pending', 'dead')`,
    [key],
  );
  const { since, ...counts } = rows[0]!;
  return { ...counts, since: since?.toISOString() ?? null };
}
