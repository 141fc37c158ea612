import type pg from 'pg';

/** What decides whether and how fast deliveries may go out now. */
export interface DeliveryGate {
  state: 'closed' | 'open' | 'half_open';
  /** A probe may be taken now. */
  probeDue: boolean;
  /** Events up to this one are backlog from before the breaker closed; 0 when there is none left. */
  backlogThrough: number;
  /** Since the breaker closed, ms; null when it never opened. */
  closedForMs: number | null;
}

export async function readDeliveryGate(pool: pg.Pool): Promise<DeliveryGate> {
  const { rows } = await pool.query<{
    state: DeliveryGate['state'];
    probe_due: boolean;
    backlog_through: number;
    closed_for_ms: number | null;
  }>({
    name: 'delivery-gate',
    text: `SELECT state,
        state = 'half_open' OR (state = 'open' AND next_probe_at <= now()) AS probe_due,
        CASE WHEN live_from_seq >= (SELECT seq FROM deliveries WHERE state = 'pending' ORDER BY seq LIMIT 1)
          THEN live_from_seq ELSE 0 END AS backlog_through,
        (extract(epoch FROM now() - closed_at) * 1000)::float8 AS closed_for_ms
      FROM breakers WHERE name = 'agent'`,
  });
  const row = rows[0]!;
  return {
    state: row.state,
    probeDue: row.probe_due,
    backlogThrough: row.backlog_through,
    closedForMs: row.closed_for_ms,
  };
}
