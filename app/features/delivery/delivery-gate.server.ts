import type pg from 'pg';
import { IS_ANY_SPOOLED, SAFE_TO_SEND } from '../processes/liveness.ts';

/** What decides whether and how fast deliveries may go out now. */
export interface DeliveryGate {
  state: 'closed' | 'open' | 'half_open';
  /** Nothing may be claimed at all: somebody paused delivery. */
  paused: boolean;
  /** This process was heard of so lately that its leases are safe. */
  heardOf: boolean;
  /** Some process keeps webhooks on disk, older ones of their conversations perhaps than those stored here. */
  spooled: boolean;
  /** A probe may be taken now. */
  probeDue: boolean;
  /** Events up to this one are backlog from before the breaker closed or the pause ended; 0 when there is none left. */
  backlogThrough: number;
  /** Since the breaker closed or a pause ended, ms; null when there was neither. */
  closedForMs: number | null;
}

/** The gate as the database tells it. */
export interface GateRow {
  state: DeliveryGate['state'];
  paused: boolean;
  heard_of: boolean;
  spooled: boolean;
  probe_due: boolean;
  backlog_through: number;
  closed_for_ms: number | null;
}

/** A query of the one row of the gate. $1: this process */
export const GATE = `SELECT state, paused,
    EXISTS (SELECT FROM processes WHERE id = $1 AND last_seen > clock_timestamp() - ${SAFE_TO_SEND}) AS heard_of,
    ${IS_ANY_SPOOLED} AS spooled,
    state = 'half_open' OR (state = 'open' AND next_probe_at <= now()) AS probe_due,
    CASE WHEN live_from_seq >= (SELECT seq FROM deliveries WHERE state = 'pending' ORDER BY seq LIMIT 1)
      THEN live_from_seq ELSE 0 END AS backlog_through,
    (extract(epoch FROM now() - GREATEST(closed_at, resumed_at)) * 1000)::float8 AS closed_for_ms
  FROM breakers CROSS JOIN delivery_pause WHERE name = 'agent'`;

/** Nothing stands in the way, and nothing has to be let out slowly. */
export const IS_WIDE_OPEN = "state = 'closed' AND NOT paused AND heard_of AND backlog_through = 0";

/** The same, of a gate that was read. */
export const isWideOpen = (gate: DeliveryGate): boolean =>
  gate.state === 'closed' && !gate.paused && gate.heardOf && gate.backlogThrough === 0;

/** @param owner this process */
export async function readDeliveryGate(pool: pg.Pool, owner: string): Promise<DeliveryGate> {
  const { rows } = await pool.query<GateRow>({ name: 'delivery-gate', text: GATE, values: [owner] });
  return gateOf(rows[0]!);
}

export const gateOf = (row: GateRow): DeliveryGate => ({
  state: row.state,
  paused: row.paused,
  heardOf: row.heard_of,
  spooled: row.spooled,
  probeDue: row.probe_due,
  backlogThrough: row.backlog_through,
  closedForMs: row.closed_for_ms,
});

/** A worker that is killed leaves no more than this behind, as a multiple of its connections. */
const MOST = 20;
/** Work leased beyond what the connections take at once, as the time it lasts, seconds. */
const AHEAD_SECONDS = 0.1;
/** Over this time the rate is averaged, ms. */
const SMOOTHED_MS = 200;

/**
 * How many deliveries a worker may have leased: enough to send while results are recorded and the next are claimed, and
 * no more, so that several workers share a backlog that a slow service lets out slowly.
 * @param perSecond deliveries this worker finishes at present
 */
export function leaseLimit(connections: number, perSecond: number): number {
  return Math.min(MOST * connections, 2 * connections + Math.round(perSecond * AHEAD_SECONDS));
}

/** Moving average of a rate after `n` more were finished in `ms`, per second. */
export function smoothedRate(perSecond: number, n: number, ms: number): number {
  if (ms <= 0) return perSecond;
  const weight = 1 - Math.exp(-ms / SMOOTHED_MS);
  return perSecond + ((n / ms) * 1000 - perSecond) * weight;
}

/** Deliveries of the backlog that may be out at once in the first second after the breaker closed. */
const FIRST = 5;

/**
 * How many deliveries of the backlog one worker may have out at once after the Agent service came back: doubles each
 * second, so that a service that has just recovered is not knocked over by what waited for it.
 * @param closedForMs time since the breaker closed; null: it never opened
 * @param most the worker's own limit
 */
export function undeliveredAllowance(closedForMs: number | null, most: number): number {
  if (closedForMs === null) return most;
  return Math.min(most, FIRST * 2 ** Math.floor(Math.max(0, closedForMs) / 1000));
}

/**
 * Lets nothing be claimed for delivery from the commit on; attempts in flight end by themselves. Webhooks are taken and
 * stored as ever. Pass the client of the transaction of whoever has a reason to.
 * @returns how many deliveries are held by it now
 */
export async function pauseDeliveries(
  client: pg.ClientBase,
  { by, reason, now }: { by: string; reason: string; now: Date },
): Promise<number> {
  await client.query(
    `UPDATE delivery_pause SET paused = true, since = $1, paused_by = $2, reason = $3 WHERE NOT paused`,
    [now, by, reason],
  );
  return countHeld(client);
}

/**
 * Lets deliveries go out again. What waits now comes back as a backlog does after an outage: live traffic first, in order
 * per conversation, with a ramp (see delivery-gate.server.ts).
 * @returns how many wait, and the last of them
 */
export async function resumeDeliveries(
  client: pg.ClientBase,
  now: Date,
): Promise<{ held: number; throughSeq: number }> {
  const held = await countHeld(client);
  await client.query(`UPDATE delivery_pause SET paused = false, resumed_at = $1 WHERE paused`, [now]);
  const { rows } = await client.query<{ live_from_seq: number }>(
    `UPDATE breakers SET live_from_seq = COALESCE((SELECT max(seq) FROM deliveries), 0)
     WHERE name = 'agent' RETURNING live_from_seq`,
  );
  return { held, throughSeq: rows[0]!.live_from_seq };
}

async function countHeld(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*) - (SELECT count(*) FROM leases) AS n FROM deliveries WHERE state = 'pending'`,
  );
  return Math.max(0, rows[0]!.n);
}
