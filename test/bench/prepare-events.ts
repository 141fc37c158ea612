import type pg from 'pg';
import { BODY_PARTS, FIRST_ID } from './body.ts';

/**
 * Events as intake leaves them: inbox row, delivery and counts, in one transaction, so that a running worker sees all of
 * them at its end. `dead`: as the worker leaves what was refused, with attempt, dead letter and counts.
 */
const PREPARE = `
WITH made AS MATERIALIZED (
  SELECT nextval('webhook_events_seq_seq') AS seq, gen_random_uuid() AS event_id, i % $2::int AS conversation
  FROM generate_series(0, $1::int - 1) i
), events AS (
  INSERT INTO webhook_events (seq, event_id, dedupe_key, delivery_id, event, conversation_key, headers, body, via, received_at)
  SELECT seq, event_id, sha256(event_id::text::bytea), event_id::text, 'message_created', '2:' || conversation,
    '{"content-type": "application/json"}',
    convert_to($4 || ($7::bigint + seq) || $5 || ($7::bigint + conversation) || $6, 'UTF8'), 'direct', now()
  FROM made
), facts AS (
  INSERT INTO dashboard_facts (fact_type, scope, value, metadata)
  SELECT 'support.webhook.dead_letter', 'support',
    jsonb_build_object('payload', jsonb_build_object('id', seq), 'attempts', 1, 'lastError', 'answered 422', 'agentEndpoint', ''),
    jsonb_build_object('timestamp', now(), 'seq', seq, 'run', 1, 'event', 'message_created', 'conversation', '2:' || conversation,
      'errorClass', 'http_4xx', 'status', 422, 'cause', 'http_4xx|422|message_created')
  FROM made WHERE $3 = 'dead' ORDER BY seq
  RETURNING id, (metadata->>'seq')::bigint AS seq
), tried AS (
  INSERT INTO attempts (seq, number, run, kind, started_at, duration_ms, outcome, status, response, worker)
  SELECT seq, 1, 1, 'normal', now(), 5, 'http_4xx', 422, '', 'bench' FROM made WHERE $3 = 'dead'
), queued AS (
  INSERT INTO deliveries (seq, event_id, conversation_key, conversation_id, customer_key, event, signal, state, due_at,
    attempts, attempts_total, last_outcome, last_status, received_at, run_started_at, finished_at, dead_fact_id,
    message_at, message_id)
  SELECT m.seq, event_id, '2:' || conversation, conversation::text, '2:' || conversation, 'message_created', 'customer_message',
    $3, now(), (f.id IS NOT NULL)::int, (f.id IS NOT NULL)::int, CASE WHEN f.id IS NOT NULL THEN 'http_4xx' END,
    CASE WHEN f.id IS NOT NULL THEN 422 END, now(), now(), CASE WHEN f.id IS NOT NULL THEN now() END, f.id,
    now(), $7::bigint + m.seq
  FROM made m LEFT JOIN facts f USING (seq) ORDER BY m.seq
)
INSERT INTO fact_rollups (resolution, bucket, metric, label, n)
SELECT resolution, bucket, metric, label, $1
FROM (VALUES ('received', 'accepted'), ('run', 'dead')) AS c(metric, label), (VALUES
  ('minute', date_bin('1 minute', now(), 'epoch')), ('ten_minutes', date_bin('10 minutes', now(), 'epoch')),
  ('hour', date_bin('1 hour', now(), 'epoch')), ('total', 'epoch'::timestamptz)) AS r(resolution, bucket)
WHERE metric = 'received' OR $3 = 'dead'
ON CONFLICT (resolution, metric, bucket, label) DO UPDATE SET n = fact_rollups.n + excluded.n`;

export async function prepareEvents(
  pool: pg.Pool,
  events: { count: number; conversations: number; state: 'pending' | 'dead' },
): Promise<void> {
  const { count, conversations, state } = events;
  await pool.query(PREPARE, [count, conversations, state, ...BODY_PARTS, FIRST_ID]);
}

/** How many deliveries are in this state. */
export async function countDeliveries(pool: pg.Pool, state: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>('SELECT count(*) AS n FROM deliveries WHERE state = $1', [
    state,
  ]);
  return rows[0]!.n;
}
