import type pg from 'pg';
import type { Queryable } from '../../lib/database/queryable.server.ts';
import { ledgerOf, type Ledger, type LedgerCounts } from './ledger.ts';
import { recordFact } from './record-fact.server.ts';
import { IS_ALIVE } from '../processes/liveness.ts';

/** The circuit breaker is closed and nobody paused delivery. */
const FLOWING = `COALESCE((SELECT state = 'closed' FROM breakers WHERE name = 'agent'), true)
  AND NOT (SELECT paused FROM delivery_pause) AS flowing`;
const SPOOLED = `(SELECT COALESCE(sum(spooled), 0) FROM processes WHERE ${IS_ALIVE}) AS spooled`;
const QUARANTINED = `(SELECT COALESCE(sum(n), 0) FROM (
  SELECT max(quarantined) AS n FROM processes WHERE ${IS_ALIVE} GROUP BY host, data_dir) folder) AS quarantined`;
const IN_FLIGHT = `(SELECT count(*) FROM leases l JOIN deliveries d ON d.seq = l.seq WHERE d.state = 'pending') AS "inFlight"`;

/** What was removed after its retention time (retention_totals). */
const removed = (what: 'delivered' | 'discarded' | 'reconciled') => `(SELECT ${what} FROM retention_totals)`;

/**
 * The ledger counted row by row in one statement, so in one snapshot: a full pass over the keys of both tables
 * (about a second a million events), and what was removed from them. An event without a delivery, or the reverse, makes it unbalanced.
 */
export async function countLedger(pool: Queryable): Promise<Ledger & { unmatched: number }> {
  const { rows } = await pool.query<LedgerCounts>(
    `SELECT count(e.seq) + ${removed('delivered')} + ${removed('discarded')} AS received,
       count(*) FILTER (WHERE d.state = 'delivered') + ${removed('delivered')} AS delivered,
       count(*) FILTER (WHERE d.state = 'pending') AS open,
       count(*) FILTER (WHERE d.state = 'withheld') AS withheld,
       count(*) FILTER (WHERE d.state = 'dead') AS dead,
       count(*) FILTER (WHERE d.state = 'discarded') + ${removed('discarded')} AS discarded,
       count(*) FILTER (WHERE e.seq IS NULL OR d.seq IS NULL) AS unmatched,
       count(*) FILTER (WHERE e.source = 'reconciled' AND e.event = 'message_created') + ${removed('reconciled')} AS reconciled,
       ${IN_FLIGHT}, ${SPOOLED}, ${QUARANTINED}, ${FLOWING}
     FROM webhook_events e FULL JOIN deliveries d ON d.seq = e.seq`,
  );
  const counts = rows[0]!;
  return { ...ledgerOf(counts), unmatched: counts.unmatched };
}

const total = (metric: string, ...labels: string[]) =>
  `(SELECT COALESCE(sum(n), 0)::bigint FROM fact_rollups WHERE resolution = 'total' AND metric = '${metric}'
    AND label IN (${labels.map((label) => `'${label}'`).join(', ')}))`;
const inState = (state: string) => `(SELECT count(*) FROM deliveries WHERE state = '${state}')`;

/**
 * The ledger as a page can afford it at any size, one row: received and delivered from the running totals that are
 * written with the rows, the rest counted in the partial indexes.
 */
export const LEDGER = `SELECT ${total('received', 'accepted', 'fetched')} AS received, ${total('run', 'delivered')} AS delivered,
    ${inState('pending')} AS open, ${inState('withheld')} AS withheld, ${inState('dead')} AS dead, ${inState('discarded')} + ${removed('discarded')} AS discarded,
    (SELECT count(*) FROM reconciled_messages) AS reconciled, 0 AS unmatched, ${IN_FLIGHT}, ${SPOOLED}, ${QUARANTINED}, ${FLOWING}`;

/** Counts the ledger row by row and puts the result on record, for the page and for whoever asks later. */
export async function recordLedgerCheck(pool: pg.Pool, now: Date): Promise<Ledger & { unmatched: number }> {
  const ledger = await countLedger(pool);
  await recordFact(pool, { type: 'support.ledger.check', value: { ...ledger }, now });
  return ledger;
}
