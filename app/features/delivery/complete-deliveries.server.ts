import type pg from 'pg';
import { sealText } from '../../lib/body-cipher.server.ts';
import type { EncryptionKey } from '../../lib/settings/config.ts';
import type { AfterAttempt } from './decide-after-attempt.ts';
import { type AttemptResult, type ClaimedDelivery, describeError } from './claimed-delivery.ts';
import { factPayload } from './fact-payload.ts';
import { insertFacts } from '../facts/record-fact.server.ts';
import { addToRollups, bucketsOf, RESOLUTIONS } from '../facts/rollups.server.ts';

export interface CompletedAttempt {
  delivery: ClaimedDelivery;
  result: AttemptResult;
  after: AfterAttempt;
}

interface Context {
  owner: string;
  agentEndpoint: string;
  now: Date;
  /** Every attempt of the batch got an answer: clears the count of failures in a row. */
  healthy: boolean;
  keys: readonly EncryptionKey[];
}

/** Upper bounds of the latency histogram, ms; see docs/decisions/0003-tables.md. */
const LATENCY_BOUNDS = [10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/**
 * One statement for a batch of attempts: what the leases still allow is recorded as attempt, state, facts, replay
 * progress and counts, all or nothing. A row whose lease is gone was taken over by another worker and is left alone.
 * An attempt's number is counted on from the row, under its lock: a sweep may have recorded one while this one was out.
 * "Still pending" is said by what it is not: \`state = 'pending'\` would let the planner read the whole index of the
 * backlog, which it takes for empty, instead of the primary key (measured: 30 times slower at 20,000 pending).
 */
const COMPLETE = `
WITH input AS (
  SELECT * FROM json_to_recordset($2::json) AS t(seq bigint, run int, kind text, started_at timestamptz,
    duration_ms int, outcome text, status int, error text, response text, retry_after_ms int, state text, due_at timestamptz,
    attempts int, late boolean, latency text, replay_id bigint, ended jsonb, ended_metadata jsonb, dead text, dead_metadata jsonb)
), kept AS (
  DELETE FROM leases l USING input i WHERE l.seq = i.seq AND l.owner = $1 RETURNING i.*
), dead AS (
  ${insertFacts('support.webhook.dead_letter', { value: 'dead::jsonb', metadata: 'dead_metadata', at: '$3' })}
  FROM kept WHERE state = 'dead' ORDER BY seq
  RETURNING id, (metadata->>'seq')::bigint AS seq
), ended AS (
  ${insertFacts('support.webhook.retry', { value: 'ended', metadata: 'ended_metadata', at: '$3' })}
  FROM kept WHERE state <> 'pending'
), moved AS (
  UPDATE deliveries d SET state = k.state, due_at = COALESCE(k.due_at, d.due_at), attempts = k.attempts,
    attempts_total = d.attempts_total + 1, last_attempt_at = k.started_at, last_outcome = k.outcome, last_status = k.status,
    finished_at = CASE WHEN k.state = 'pending' THEN NULL ELSE $3::timestamptz END,
    dead_fact_id = dead.id, replay_id = CASE WHEN k.state = 'dead' THEN NULL ELSE d.replay_id END
  FROM kept k LEFT JOIN dead USING (seq)
  WHERE d.seq = k.seq AND d.state NOT IN ('delivered', 'dead', 'discarded')
  RETURNING d.seq, d.attempts_total, k.run, k.kind, k.started_at, k.duration_ms, k.outcome, k.status, k.error, k.response,
    k.retry_after_ms
), tried AS (
  INSERT INTO attempts (seq, number, run, kind, started_at, duration_ms, outcome, status, error, response, retry_after_ms, worker)
  SELECT seq, attempts_total, run, kind, started_at, duration_ms, outcome, status, error, response, retry_after_ms, $1::text
  FROM moved
), replayed AS (
  UPDATE replay_items i SET outcome = k.state, finished_at = $3
  FROM kept k
  WHERE k.state <> 'pending' AND i.replay_id = k.replay_id AND i.seq = k.seq AND i.outcome IS NULL
    AND i.replay_id = ANY (ARRAY(SELECT replay_id FROM kept)) AND i.seq = ANY (ARRAY(SELECT seq FROM kept))
), healthy AS (
  UPDATE breakers SET consecutive_failures = 0 WHERE $4 AND name = 'agent' AND state = 'closed' AND consecutive_failures > 0
), counts AS (
  SELECT 'attempt' AS metric, outcome AS label, count(*) AS n FROM kept GROUP BY outcome
  UNION ALL SELECT 'run', state, count(*) FROM kept WHERE state <> 'pending' GROUP BY state
  UNION ALL SELECT 'order', 'late', count(*) FROM kept WHERE late AND state = 'delivered' HAVING count(*) > 0
  UNION ALL SELECT 'latency', latency, count(*) FROM kept WHERE latency IS NOT NULL GROUP BY latency
  UNION ALL SELECT 'breaker', CASE WHEN outcome = 'ok' THEN 'ok' WHEN retryable THEN 'failed' ELSE 'permanent' END, count(*)
    FROM (SELECT outcome, state = 'pending' OR (state = 'dead' AND outcome NOT IN ('http_3xx', 'http_4xx')) AS retryable FROM kept) b GROUP BY 2
), counted AS (
  ${addToRollups(`
  SELECT resolution, bucket, metric, label, n
  FROM counts JOIN ${bucketsOf('$3::timestamptz', ['second', ...RESOLUTIONS])} AS b(resolution, bucket)
    ON (resolution = 'second') = (metric = 'breaker') AND NOT (resolution = 'total' AND metric = 'latency')
  ORDER BY resolution, metric, bucket, label`)}
)
SELECT m.seq, dead.id AS dead_fact_id FROM moved m LEFT JOIN dead USING (seq)`;

/**
 * Records a batch of attempts.
 * @returns the deliveries that were recorded; the others had lost their lease
 */
export async function completeDeliveries(
  db: pg.Pool | pg.ClientBase,
  batch: readonly CompletedAttempt[],
  context: Context,
): Promise<Set<number>> {
  const { owner, now, healthy } = context;
  const { rows } = await db.query<{ seq: number }>({
    name: 'complete',
    text: COMPLETE,
    // Hundreds of times a second: the few texts in it have passed the gate one by one.
    // eslint-disable-next-line no-restricted-syntax
    values: [owner, JSON.stringify(batch.map((attempt) => described(attempt, context))), now, healthy],
  });
  return new Set(rows.map((row) => row.seq));
}

/** One row of the statement's input; what it leaves out is null there. */
function described(attempt: CompletedAttempt, { agentEndpoint, now, keys }: Context) {
  const { delivery, result, after } = attempt;
  const { response, retryAfterMs } = result;
  return {
    seq: delivery.seq,
    run: delivery.run,
    kind: delivery.probe ? 'probe' : 'normal',
    started_at: result.startedAt,
    duration_ms: result.durationMs,
    outcome: result.outcome,
    status: result.status,
    error: result.error ?? undefined,
    response: response === null ? undefined : sealText(keys, response, delivery.eventId),
    retry_after_ms: retryAfterMs === null ? undefined : Math.min(retryAfterMs, 2_147_483_647),
    state: after.state,
    due_at: after.state === 'pending' ? after.dueAt : undefined,
    attempts: after.attempts,
    late: delivery.late || undefined,
    latency: result.outcome === 'ok' ? latencyLabel(result.durationMs) : undefined,
    replay_id: delivery.replayId ?? undefined,
    ...(after.state !== 'pending' && {
      ended: {
        attempts: after.attempts,
        success: after.state === 'delivered',
        finalStatus: result.status ?? result.outcome,
        durationMs: Math.max(0, now.getTime() - delivery.runStartedAt.getTime()),
      },
      ended_metadata: {
        seq: delivery.seq,
        run: delivery.run,
        event: delivery.event,
        conversation: delivery.conversationKey,
      },
    }),
    ...(after.state === 'dead' && {
      dead: deadValue(attempt, agentEndpoint),
      dead_metadata: deadMetadata(attempt, now),
    }),
  };
}

function latencyLabel(ms: number): string {
  return String(LATENCY_BOUNDS.find((bound) => ms <= bound) ?? 'inf');
}

/** `value` of a dead letter fact, in the shape that the operators' SQL reads. */
function deadValue({ delivery, result, after }: CompletedAttempt, agentEndpoint: string): string {
  const facts = { attempts: after.attempts, lastError: describeError(result), agentEndpoint };
  return `{"payload":${factPayload(delivery.body, delivery.confidential)},${JSON.stringify(facts).slice(1)}`;
}

function deadMetadata({ delivery, result }: CompletedAttempt, now: Date) {
  return {
    timestamp: now.toISOString(),
    seq: delivery.seq,
    run: delivery.run,
    event: delivery.event,
    conversation: delivery.conversationKey,
    errorClass: result.outcome,
    status: result.status,
    cause: `${result.outcome}|${result.status ?? '-'}|${delivery.event}`,
  };
}
