import type pg from 'pg';
import { isSealed, openBody } from '../../lib/body-cipher.server.ts';
import type { EncryptionKey } from '../../lib/settings/config.ts';
import type { ClaimedDelivery } from './claimed-delivery.ts';
import { type DeliveryGate, GATE, gateOf, type GateRow, IS_WIDE_OPEN } from './delivery-gate.server.ts';
import { postponeUnreadable } from './leases.server.ts';
import { isLate, nextOfConversation } from './next-of-conversation.ts';
import { isAlive, SAFE_TO_SEND } from '../processes/liveness.ts';

/** None of its conversation is in flight; uncorrelated, so it is one hash of the few leases there are. */
const IS_FREE = 'd.conversation_key NOT IN (SELECT l.conversation_key FROM leases l)';

/**
 * Who asks has been heard of lately. Else its leases would be taken for a dead worker's, and sent again by whoever takes
 * them, itself included.
 */
const IS_HEARD_OF = `EXISTS (
    SELECT 1 FROM processes WHERE id = $1 AND last_seen > clock_timestamp() - ${SAFE_TO_SEND})`;

/**
 * One claim takes bodies until they are this much: a webhook of an e-mail may have 10 MiB, and a claim hundreds of them. The
 * length is known without reading the body.
 */
const CLAIM_BYTES = 16 << 20;

/**
 * What was leased, with all that is needed to send it; without the body what comes after CLAIM_BYTES. Row by row (`OFFSET 0`),
 * whatever the planner takes the tables for: a plan that was made while they were empty read all webhooks there were with each
 * claim, until they were analysed.
 */
const TAKEN = `
SELECT d.seq, d.event_id, e.delivery_id, d.event, d.conversation_key, d.conversation_id, d.run, d.attempts,
       d.attempts_total, d.run_started_at, d.replay_id, ${isLate('d')} AS late,
       CASE WHEN sum(octet_length(e.body)) OVER (ORDER BY d.seq) - octet_length(e.body) < ${CLAIM_BYTES} THEN e.body END AS body,
       CASE WHEN e.source = 'reconciled' THEN e.received_at END AS fetched_at
FROM taken
  CROSS JOIN LATERAL (SELECT * FROM deliveries WHERE seq = taken.seq OFFSET 0) d
  CROSS JOIN LATERAL (SELECT delivery_id, source, received_at, body FROM webhook_events WHERE seq = taken.seq OFFSET 0) e`;

/**
 * Takes the next delivery of each conversation that has none in flight. The row lock rereads a
 * row that another worker finished between our snapshot and now; the unique conversation key of `leases` is
 * what keeps two events of a conversation from being out together.
 * @param which of the deliveries that are due, as conditions on `d`; $1 is this process
 */
const takeHeads = (which: string, { limit, settleMs }: { limit: string; settleMs: string }) => `heads AS (
  SELECT d.seq, d.conversation_key
  FROM deliveries d
  WHERE d.state = 'pending' AND d.due_at <= now() AND ${which}
    AND ${IS_FREE} AND ${nextOfConversation(settleMs).isNext('d')}
  ORDER BY d.seq
  LIMIT ${limit}
  FOR UPDATE OF d SKIP LOCKED
), taken AS (
  INSERT INTO leases (seq, conversation_key, owner)
  SELECT seq, conversation_key, $1 FROM heads
  WHERE ${IS_HEARD_OF} AND NOT (SELECT paused FROM delivery_pause)
  ON CONFLICT DO NOTHING
  RETURNING seq
)`;

const CLAIM = `WITH ${takeHeads('d.seq > $2 AND d.seq <= $3', { limit: '$4', settleMs: '$5' })}${TAKEN}`;

/** Claims whatever is due if the gate is wide open, and tells the gate in any case: mostly one round trip instead of two. */
const CLAIM_IF_OPEN = `
WITH gate AS (${GATE}), ${takeHeads(`(SELECT ${IS_WIDE_OPEN} FROM gate)`, { limit: '$2', settleMs: '$3' })}, claimed AS (${TAKEN})
SELECT gate.*, claimed.* FROM gate LEFT JOIN claimed ON true`;

/**
 * While delivery is paused only the conversation of a running canary goes out: it proves the way through the Agent service
 * before automation is let loose on customers again (docs/decisions/0010-gates.md).
 */
const OF_CANARY = `d.conversation_key IN (
      SELECT c.conversation_key FROM canary_runs c WHERE c.state = 'running' AND c.conversation_key IS NOT NULL)`;

const CLAIM_WHILE_PAUSED = `
WITH heads AS (
  SELECT d.seq, d.conversation_key FROM deliveries d
  WHERE d.state = 'pending' AND d.due_at <= now() AND ${OF_CANARY} AND ${IS_FREE}
    AND ${nextOfConversation('$3').isNext('d')}
  ORDER BY d.seq LIMIT 1 FOR UPDATE OF d SKIP LOCKED
), taken AS (
  INSERT INTO leases (seq, conversation_key, owner, kind)
  SELECT seq, conversation_key, $1, $2 FROM heads
  WHERE ${IS_HEARD_OF}
  ON CONFLICT DO NOTHING
  RETURNING seq
)${TAKEN}`;

/**
 * The right to probe: free when the cool-down is over, or when the process that held it is gone or asks for it again, having
 * nothing out.
 */
const TAKE_PROBE = `
UPDATE breakers SET state = 'half_open', probe_owner = $1
WHERE name = 'agent'
  AND ((state = 'open' AND next_probe_at <= now())
    OR (state = 'half_open' AND (probe_owner = $1 OR NOT ${isAlive('probe_owner')})))
RETURNING name`;

/** The event to probe with: of the thousand oldest heads the one tried least recently, so that a poisonous one takes turns. */
const CLAIM_PROBE = `
WITH heads AS (
  SELECT d.seq, d.conversation_key, d.last_attempt_at
  FROM deliveries d
  WHERE d.state = 'pending'
    AND ${IS_FREE} AND ${nextOfConversation('$2').isNext('d')}
  ORDER BY d.seq
  LIMIT 1000
), chosen AS (
  SELECT seq, conversation_key FROM heads ORDER BY last_attempt_at NULLS FIRST, seq LIMIT 1
), taken AS (
  INSERT INTO leases (seq, conversation_key, owner, kind)
  SELECT seq, conversation_key, $1, 'probe' FROM chosen
  WHERE ${IS_HEARD_OF} AND NOT (SELECT paused FROM delivery_pause)
  ON CONFLICT DO NOTHING
  RETURNING seq
)${TAKEN}`;

interface Row {
  seq: number;
  event_id: string;
  delivery_id: string | null;
  event: string;
  conversation_key: string;
  conversation_id: string | null;
  run: number;
  attempts: number;
  attempts_total: number;
  run_started_at: Date;
  replay_id: number | null;
  late: boolean;
  fetched_at: Date | null;
  /** Null: too much for this claim. */
  body: Buffer | null;
}

/** Who asks for deliveries, and how. */
export interface Claimant {
  /** This process. */
  owner: string;
  /** How long a message settles after its receipt, ms. */
  settleMs: number;
  keys: readonly EncryptionKey[];
}

export interface Claimed {
  deliveries: ClaimedDelivery[];
  /** How many had to be put off, because their stored message cannot be decrypted. */
  unreadable: number;
}

/**
 * Leases up to `limit` deliveries with `afterSeq` < seq ≤ `throughSeq` to the process `owner`.
 * A process that has not said lately that it lives gets nothing. Nobody gets
 * anything while delivery is paused: said here too, because the gate was read a moment earlier.
 */
export async function claimDeliveries(
  pool: pg.Pool,
  claim: Claimant & { afterSeq: number; throughSeq: number; limit: number },
): Promise<Claimed> {
  const { rows } = await pool.query<Row>({
    name: 'claim',
    text: CLAIM,
    values: [claim.owner, claim.afterSeq, claim.throughSeq, claim.limit, claim.settleMs],
  });
  return sortOut(pool, claim, rows);
}

/** Leases up to `limit` deliveries if nothing stands in the way (`isWideOpen`); else none, and the gate tells what does. */
export async function claimIfOpen(
  pool: pg.Pool,
  claim: Claimant & { limit: number },
): Promise<Claimed & { gate: DeliveryGate }> {
  const { rows } = await pool.query<GateRow & (Row | { [Column in keyof Row]: null })>({
    name: 'claim-if-open',
    text: CLAIM_IF_OPEN,
    values: [claim.owner, claim.limit, claim.settleMs],
  });
  const taken = rows.filter((row): row is GateRow & Row => row.seq !== null);
  return { ...(await sortOut(pool, claim, taken)), gate: gateOf(rows[0]!) };
}

/** Gives back what was leased and cannot be sent now. */
async function sortOut(pool: pg.Pool, claim: Claimant, rows: readonly Row[]): Promise<Claimed> {
  const deliveries: ClaimedDelivery[] = [];
  const unreadable: number[] = [];
  const tooMuch: number[] = [];
  for (const row of rows) {
    const delivery = row.body && claimed({ ...row, body: row.body }, false, claim.keys);
    if (delivery) deliveries.push(delivery);
    else (row.body ? unreadable : tooMuch).push(row.seq);
  }
  if (tooMuch.length > 0) await releaseLeases(pool, claim.owner, tooMuch);
  if (unreadable.length > 0) await postponeUnreadable(pool, claim.owner, unreadable);
  return { deliveries, unreadable: unreadable.length };
}

/** Leases the next delivery of a running canary, one at a time, while delivery is paused and the breaker is closed. */
export async function claimWhilePaused(pool: pg.Pool, { owner, settleMs, keys }: Claimant): Promise<Claimed> {
  const { rows } = await pool.query<Row>({
    name: 'claim-while-paused',
    text: CLAIM_WHILE_PAUSED,
    values: [owner, 'normal', settleMs],
  });
  const [row] = rows;
  const delivery = row ? claimed(whole(row), false, keys) : null;
  if (delivery) return { deliveries: [delivery], unreadable: 0 };
  if (!row) return { deliveries: [], unreadable: 0 };
  await postponeUnreadable(pool, owner, [row.seq]);
  return { deliveries: [], unreadable: 1 };
}

/**
 * Leases one delivery to probe the Agent service with, if a probe is due and nobody else has taken it; while delivery is
 * paused only one of a running canary.
 */
export async function claimProbe(
  pool: pg.Pool,
  { owner, settleMs, keys }: Claimant,
  paused = false,
): Promise<Claimed> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const right = await client.query({ name: 'take-probe', text: TAKE_PROBE, values: [owner] });
    const probe = paused
      ? { name: 'probe-while-paused', text: CLAIM_WHILE_PAUSED, values: [owner, 'probe', settleMs] }
      : { name: 'claim-probe', text: CLAIM_PROBE, values: [owner, settleMs] };
    const { rows } = right.rowCount ? await client.query<Row>(probe) : { rows: [] };
    const [row] = rows;
    const delivery = row ? claimed(whole(row), true, keys) : null;
    await client.query(delivery ? 'COMMIT' : 'ROLLBACK');
    client.release();
    if (delivery) return { deliveries: [delivery], unreadable: 0 };
    if (!row) return { deliveries: [], unreadable: 0 };
    await postponeUnreadable(pool, owner, [row.seq]);
    return { deliveries: [], unreadable: 1 };
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** Gives back leases of deliveries that were not sent. */
export async function releaseLeases(pool: pg.Pool, owner: string, seqs: readonly number[]): Promise<void> {
  await pool.query('DELETE FROM leases WHERE owner = $1 AND seq = ANY($2::bigint[])', [owner, seqs]);
}

/** Gives back every lease of this process but those of deliveries it knows of. @returns how many */
export async function releaseAllLeasesBut(
  pool: pg.Pool,
  owner: string,
  known: readonly number[],
): Promise<number> {
  const { rowCount } = await pool.query('DELETE FROM leases WHERE owner = $1 AND seq <> ALL($2::bigint[])', [
    owner,
    known,
  ]);
  return rowCount ?? 0;
}

type WholeRow = Row & { body: Buffer };

/** The first of a claim always has its body. */
const whole = (row: Row): WholeRow => ({ ...row, body: row.body! });

/** @returns null when the stored message cannot be decrypted */
function claimed(row: WholeRow, probe: boolean, keys: readonly EncryptionKey[]): ClaimedDelivery | null {
  const opened = openBody(keys, row.body, row.event_id);
  if (opened.outcome !== 'open') return null;
  return {
    seq: row.seq,
    eventId: row.event_id,
    deliveryId: row.delivery_id,
    event: row.event,
    conversationKey: row.conversation_key,
    conversationId: row.conversation_id,
    run: row.run,
    attempts: row.attempts,
    attemptsTotal: row.attempts_total,
    runStartedAt: row.run_started_at,
    replayId: row.replay_id,
    late: row.late,
    fetchedAt: row.fetched_at,
    body: opened.body,
    confidential: keys.length > 0 || isSealed(row.body),
    probe,
  };
}
