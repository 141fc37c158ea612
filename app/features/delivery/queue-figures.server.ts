import type pg from 'pg';

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
