import type pg from 'pg';
import { sealText } from '../../lib/body-cipher.server.ts';
import type { EncryptionKey } from '../../lib/config.ts';
import type { AfterAttempt } from './decide-after-attempt.ts';
import type { AttemptResult, ClaimedDelivery } from './claimed-delivery.ts';
import { factPayload } from './fact-payload.ts';
import { describeError } from './describe-error.ts';

export interface CompletedAttempt {
  delivery: ClaimedDelivery;
  result: AttemptResult;
  after: AfterAttempt;
}

/** Upper bounds of the latency histogram, ms; see docs/decisions/0003-tables.md. */
const LATENCY_BOUNDS = [10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/**
 * One statement for a batch of attempts: what the leases still allow is recorded as attempt, state, facts, replay
 * progress and counts, all or nothing. A row whose lease is gone was taken over by another worker and is left alone.
 * The counts are upserted in one order by every process, so that two batches cannot wait for each other in a circle.
 * "Still pending" is said by what it is not: \`state = 'pending'\` would let the planner read the whole index of the
 * backlog, which it takes for empty, instead of the primary key (measured: 30 times slower at 20,000 pending).
 */
const COMPLETE = `
WITH input AS (
  SELECT * FROM unnest($2::bigint[], $3::int[], $4::int[], $5::text[], $6::timestamptz[], $7::int[], $8::text[], $9::int[],
    $10::text[], $11::text[], $12::int[], $13::text[], $14::timestamptz[], $15::int[], $16::text[], $17::jsonb[], $18::jsonb[])
    AS t(seq, number, run, kind, started_at, duration_ms, outcome, status, error, response, retry_after_ms, state, due_at,
         attempts, latency, dead_value, dead_metadata)
), mine AS (
  DELETE FROM leases l USING input i WHERE l.seq = i.seq AND l.owner = $1 RETURNING i.*
), kept AS MATERIALIZED (
  SELECT i.*, d.event, d.conversation_key, d.replay_id, d.run_started_at
  FROM mine i JOIN deliveries d USING (seq)
), dead AS (
  INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at)
  SELECT 'support.webhook.dead_letter', 'support', dead_value, dead_metadata, $19
  FROM kept WHERE state = 'dead' ORDER BY seq
  RETURNING id, (metadata->>'seq')::bigint AS seq
), ended AS (
  INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at)
  SELECT 'support.webhook.retry', 'support',
    jsonb_build_object('attempts', attempts, 'success', state = 'delivered',
      'finalStatus', COALESCE(to_jsonb(status), to_jsonb(outcome)),
      'durationMs', GREATEST(0, round(extract(epoch FROM $19::timestamptz - run_started_at) * 1000))),
    jsonb_build_object('seq', seq, 'run', run, 'event', event, 'conversation', conversation_key), $19
  FROM kept WHERE state <> 'pending'
), moved AS (
  UPDATE deliveries d SET state = k.state, due_at = COALESCE(k.due_at, d.due_at), attempts = k.attempts,
    attempts_total = k.number, last_attempt_at = k.started_at, last_outcome = k.outcome, last_status = k.status,
    finished_at = CASE WHEN k.state = 'pending' THEN NULL ELSE $19::timestamptz END,
    dead_fact_id = dead.id, replay_id = CASE WHEN k.state = 'dead' THEN NULL ELSE d.replay_id END
  FROM kept k LEFT JOIN dead USING (seq)
  WHERE d.seq = k.seq AND d.state NOT IN ('delivered', 'dead', 'discarded')
  RETURNING d.seq
), tried AS (
  INSERT INTO attempts (seq, number, run, kind, started_at, duration_ms, outcome, status, error, response, retry_after_ms, worker)
  SELECT seq, number, run, kind, started_at, duration_ms, outcome, status, error, response, retry_after_ms, $1::text FROM kept
), replayed AS (
  UPDATE replay_items i SET outcome = k.state, finished_at = $19
  FROM kept k
  WHERE k.replay_id IS NOT NULL AND k.state <> 'pending' AND i.replay_id = k.replay_id AND i.seq = k.seq AND i.outcome IS NULL
), healthy AS (
  UPDATE breakers SET consecutive_failures = 0 WHERE $20 AND name = 'agent' AND state = 'closed' AND consecutive_failures > 0
), counts AS (
  SELECT 'attempt' AS metric, outcome AS label, count(*) AS n FROM kept GROUP BY outcome
  UNION ALL SELECT 'run', state, count(*) FROM kept WHERE state <> 'pending' GROUP BY state
  UNION ALL SELECT 'latency', latency, count(*) FROM kept WHERE latency IS NOT NULL GROUP BY latency
  UNION ALL SELECT 'breaker', CASE WHEN retryable THEN 'failed' ELSE 'ok' END, count(*)
    FROM (SELECT state = 'pending' OR (state = 'dead' AND outcome NOT IN ('http_3xx', 'http_4xx')) AS retryable FROM kept) b GROUP BY 2
), counted AS (
  INSERT INTO fact_rollups (resolution, bucket, metric, label, n)
  SELECT resolution, bucket, metric, label, n
  FROM counts JOIN (VALUES
    ('second', date_bin('1 second', $19::timestamptz, 'epoch')),
    ('minute', date_bin('1 minute', $19::timestamptz, 'epoch')),
    ('ten_minutes', date_bin('10 minutes', $19::timestamptz, 'epoch')),
    ('hour', date_bin('1 hour', $19::timestamptz, 'epoch')),
    ('total', 'epoch'::timestamptz)) AS b(resolution, bucket)
    ON (resolution = 'second') = (metric = 'breaker') AND NOT (resolution = 'total' AND metric = 'latency')
  ORDER BY resolution, metric, bucket, label
  ON CONFLICT (resolution, metric, bucket, label) DO UPDATE SET n = fact_rollups.n + excluded.n
)
SELECT m.seq, dead.id AS dead_fact_id FROM moved m LEFT JOIN dead USING (seq)`;

/**
 * Records a batch of attempts.
 * @param healthy every attempt of the batch got an answer: clears the count of failures in a row
 * @returns the deliveries that were recorded; the others had lost their lease
 */
export async function completeDeliveries(
  db: pg.Pool | pg.ClientBase,
  batch: readonly CompletedAttempt[],
  context: {
    owner: string;
    agentEndpoint: string;
    now: Date;
    healthy: boolean;
    keys: readonly EncryptionKey[];
  },
): Promise<Set<number>> {
  const { owner, now, healthy, keys } = context;
  const column = <T>(pick: (attempt: CompletedAttempt) => T) => batch.map(pick);
  const { rows } = await db.query<{ seq: number }>({
    name: 'complete',
    text: COMPLETE,
    values: [
      owner,
      column(({ delivery }) => delivery.seq),
      column(({ delivery }) => delivery.attemptsTotal + 1),
      column(({ delivery }) => delivery.run),
      column(({ delivery }) => (delivery.probe ? 'probe' : 'normal')),
      column(({ result }) => result.startedAt),
      column(({ result }) => result.durationMs),
      column(({ result }) => result.outcome),
      column(({ result }) => result.status),
      column(({ result }) => result.error),
      column(({ delivery, result }) =>
        result.response === null ? null : sealText(keys, result.response, delivery.eventId),
      ),
      column(({ result }) =>
        result.retryAfterMs === null ? null : Math.min(result.retryAfterMs, 2_147_483_647),
      ),
      column(({ after }) => after.state),
      column(({ after }) => (after.state === 'pending' ? after.dueAt : null)),
      column(({ after }) => after.attempts),
      column(({ result }) => (result.outcome === 'ok' ? latencyLabel(result.durationMs) : null)),
      column((attempt) =>
        attempt.after.state === 'dead' ? deadValue(attempt, context.agentEndpoint) : null,
      ),
      column((attempt) => (attempt.after.state === 'dead' ? deadMetadata(attempt, now) : null)),
      now,
      healthy,
    ],
  });
  return new Set(rows.map((row) => row.seq));
}

function latencyLabel(ms: number): string {
  return String(LATENCY_BOUNDS.find((bound) => ms <= bound) ?? 'inf');
}

/** `value` of a dead letter fact, in the shape that the operators' SQL reads. */
function deadValue({ delivery, result, after }: CompletedAttempt, agentEndpoint: string): string {
  const facts = { attempts: after.attempts, lastError: describeError(result), agentEndpoint };
  return `{"payload":${factPayload(delivery.body, delivery.confidential)},${JSON.stringify(facts).slice(1)}`;
}

function deadMetadata({ delivery, result }: CompletedAttempt, now: Date): string {
  return JSON.stringify({
    timestamp: now.toISOString(),
    seq: delivery.seq,
    run: delivery.run,
    event: delivery.event,
    conversation: delivery.conversationKey,
    errorClass: result.outcome,
    status: result.status,
    cause: `${result.outcome}|${result.status ?? '-'}|${delivery.event}`,
  });
}
