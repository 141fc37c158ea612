import type pg from 'pg';
import { SAFE_TO_SEND } from './lease-lifetime.ts';

/** What decides whether and how fast deliveries may go out now. */
export interface DeliveryGate {
  state: 'closed' | 'open' | 'half_open';
  /** Nothing may be claimed at all: somebody paused delivery. */
  paused: boolean;
  /** This process was heard of so lately that its leases are safe. */
  heardOf: boolean;
  /** A probe may be taken now. */
  probeDue: boolean;
  /** Events up to this one are backlog from before the breaker closed or the pause ended; 0 when there is none left. */
  backlogThrough: number;
  /** Since the breaker closed or a pause ended, ms; null when there was neither. */
  closedForMs: number | null;
}

/** @param owner this process */
export async function readDeliveryGate(pool: pg.Pool, owner: string): Promise<DeliveryGate> {
  const { rows } = await pool.query<{
    state: DeliveryGate['state'];
    paused: boolean;
    heard_of: boolean;
    probe_due: boolean;
    backlog_through: number;
    closed_for_ms: number | null;
  }>({
    name: 'delivery-gate',
    text: `SELECT state, paused,
        EXISTS (SELECT FROM processes WHERE id = $1 AND last_seen > clock_timestamp() - ${SAFE_TO_SEND}) AS heard_of,
        state = 'half_open' OR (state = 'open' AND next_probe_at <= now()) AS probe_due,
        CASE WHEN live_from_seq >= (SELECT seq FROM deliveries WHERE state = 'pending' ORDER BY seq LIMIT 1)
          THEN live_from_seq ELSE 0 END AS backlog_through,
        (extract(epoch FROM now() - GREATEST(closed_at, resumed_at)) * 1000)::float8 AS closed_for_ms
      FROM breakers CROSS JOIN delivery_pause WHERE name = 'agent'`,
    values: [owner],
  });
  const row = rows[0]!;
  return {
    state: row.state,
    paused: row.paused,
    heardOf: row.heard_of,
    probeDue: row.probe_due,
    backlogThrough: row.backlog_through,
    closedForMs: row.closed_for_ms,
  };
}
