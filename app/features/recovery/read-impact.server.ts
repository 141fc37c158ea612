import type { Pool } from 'pg';
import { CHATWOOT_AHEAD } from '../../lib/chatwoot/clock.server.ts';
import type { ReadServices } from '../../lib/database/queryable.server.ts';
import { isOfCanary } from '../waiting/recompute-waits.server.ts';
import { handWaits } from '../tickets/hand-waits.server.ts';
import type { AffectedConversation, Impact, ImpactSpan } from './impact.ts';
import { factType } from '../facts/record-fact.server.ts';

/** An event that took longer than this to reach the Agent service was late, ms. */
const LATE_MS = 60_000;

/** Messages bear Chatwoot's times. $4 is the outage as ranges of time, without the times in which it worked. */
const CREATED_WITHIN = `WHERE created_at >= $1::timestamptz + ${CHATWOOT_AHEAD} AND created_at <= $2::timestamptz + ${CHATWOOT_AHEAD}
  AND created_at - ${CHATWOOT_AHEAD} <@ $4::tstzmultirange`;

/**
 * Conversations by what happened to them from $1 to $2: runs that ended late or dead (facts, by time), what still waits
 * (index of the queue), what was fetched, and who waited. Events of contacts and of the widget
 * belong to no conversation; the canary's own are nobody's.
 */
const AFFECTED = `
WITH touched AS (
  SELECT metadata->>'conversation' AS key, true AS late, value->>'success' <> 'true' AS dead, false AS reconciled, false AS waited, false AS breached
  FROM dashboard_facts
  WHERE fact_type = ${factType('support.webhook.retry')} AND recorded_at >= $1
    AND tstzrange(recorded_at - make_interval(secs => (value->>'durationMs')::float8 / 1000), recorded_at, '[]') && $4::tstzmultirange
    AND ((value->>'durationMs')::float8 > ${LATE_MS} OR value->>'success' <> 'true')
  UNION ALL
  SELECT conversation_key, true, false, false, false, false FROM deliveries
  WHERE state = 'pending' AND received_at <= $2 AND received_at < $3::timestamptz - interval '${LATE_MS} ms'
  UNION ALL
  SELECT conversation_key, false, false, true, false, false FROM reconciled_messages ${CREATED_WITHIN}
  UNION ALL
  SELECT split_part(key, '@', 1), false, false, false, true, COALESCE(answered_at, ended_at, $3::timestamptz + ahead) > due_at
  FROM waits, (SELECT ${CHATWOOT_AHEAD} AS ahead) clock
  WHERE since <= $2::timestamptz + ahead AND COALESCE(answered_at, ended_at, $3::timestamptz + ahead) >= $1::timestamptz + ahead
    AND tstzrange(since - ahead, GREATEST(since, COALESCE(answered_at, ended_at, $3::timestamptz + ahead)) - ahead, '[]') && $4::tstzmultirange
)
SELECT key, bool_or(late) AS late, bool_or(dead) AS dead, bool_or(reconciled) AS reconciled, bool_or(waited) AS waited,
  bool_or(breached) AS breached
FROM touched
WHERE key ~ '^[^:]+:[0-9]+$' AND key NOT IN (
  SELECT r.conversation_key FROM canary_runs r LEFT JOIN conversations c ON c.key = r.conversation_key
  WHERE r.conversation_key IS NOT NULL AND ${isOfCanary('c', 'r')})
GROUP BY key`;

/** The conversations that an outage touched, by key; the first `limit`. */
export async function listAffected(
  pool: Pool,
  span: ImpactSpan & { limit: number },
): Promise<AffectedConversation[]> {
  const { rows } = await pool.query<AffectedConversation>(
    `SELECT * FROM (${AFFECTED}) affected ORDER BY breached DESC, dead DESC, late DESC, length(key), key LIMIT $5`,
    [span.from, span.to, span.now, span.outage, span.limit],
  );
  return rows;
}

/**
 * What an outage did, in numbers. It was compared when comparisons reach from before its start to its end: each begins
 * where the one before it ended (docs/decisions/0013-reconciliation.md), so there is no gap between them.
 */
export async function readImpact(
  { db, config }: ReadServices,
  { from, to, outage, now }: ImpactSpan,
): Promise<Impact> {
  const { rows } = await db.pool.query<{
    conversations: number;
    breaches: number;
    reconciled: number;
    undelivered: number;
    discarded: number;
    compared: boolean;
    known: boolean;
  }>(
    `SELECT count(*) AS conversations, count(*) FILTER (WHERE breached) AS breaches,
       (SELECT count(*) FROM reconciled_messages ${CREATED_WITHIN}) AS reconciled,
       (SELECT count(*) FROM deliveries WHERE state = 'pending' AND received_at >= $1 AND received_at <= $2 AND received_at <@ $4::tstzmultirange)
         + (SELECT count(*) FROM deliveries WHERE state = 'dead' AND received_at >= $1 AND received_at <= $2 AND received_at <@ $4::tstzmultirange)
         + (SELECT count(*) FROM withheld_messages w JOIN reconciled_messages m USING (seq)
            WHERE w.decided_at IS NULL AND m.created_at >= $1 AND m.created_at <= $2 AND m.created_at <@ $4::tstzmultirange) AS undelivered,
       (SELECT count(*) FROM deliveries WHERE state = 'discarded' AND finished_at >= $1 AND received_at >= $1 AND received_at <= $2 AND received_at <@ $4::tstzmultirange)
         + (SELECT count(*) FROM withheld_messages w JOIN reconciled_messages m USING (seq) JOIN deliveries d USING (seq)
            WHERE w.decision = 'left' AND m.created_at >= $1 AND m.created_at <= $2 AND m.created_at <@ $4::tstzmultirange AND d.received_at > $2) AS discarded,
       (SELECT COALESCE(min(since) <= $1 AND max(until) >= $2, false) AND NOT EXISTS (
          SELECT FROM uncompared WHERE over_at IS NULL AND since <= $2)
        FROM reconciliations WHERE state = 'done' AND NOT partial) AS compared,
       (SELECT caught_up_at IS NOT NULL FROM backlog_projection) AS known
     FROM (${AFFECTED}) affected`,
    [from, to, now, outage],
  );
  const { known, breaches, ...counts } = rows[0]!;
  const hand = await db.pool.query<Impact['byHand']>(
    `SELECT count(*) AS tickets, count(*) FILTER (WHERE COALESCE(ended_at, $3) > due_at) AS breaches
     FROM (${handWaits('$4')}) w WHERE since <= $2 AND COALESCE(ended_at, $3) >= $1
       AND tstzrange(since, GREATEST(since, COALESCE(ended_at, $3)), '[]') && $5::tstzmultirange`,
    [from, to, now, config.SLA_FIRST_RESPONSE / 1000, outage],
  );
  const byHand = hand.rows[0]!;
  return { from, to, ...counts, breaches: known ? breaches + byHand.breaches : null, byHand };
}
