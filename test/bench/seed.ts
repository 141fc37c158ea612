import type pg from 'pg';

export interface History {
  /** Facts altogether: one for each dead letter, the rest are ends of runs, several a delivery where there are more. */
  facts: number;
  /** Deliveries altogether; what is neither pending nor dead is delivered. */
  deliveries: number;
  pending: number;
  dead: number;
  /** Days that the history is spread over; default 30. */
  days?: number;
  /** End of the history; default now. */
  until?: Date;
}

/**
 * Fills a migrated, empty database with a history, set by set: events, deliveries, facts and the counts that the app
 * would have written with them, so that the ledger balances. The pending ones are the newest, the dead ones spread.
 * One attempt each is counted but not stored. About 40 s a million.
 */
export async function seedHistory(pool: pg.Pool, history: History): Promise<void> {
  const { facts, deliveries, pending, dead, days = 30, until = new Date() } = history;
  const finished = deliveries - pending;
  const every = dead > 0 ? Math.floor(finished / dead) : 0;
  if (dead > 0 && every < 1) throw new Error('More dead letters than finished deliveries.');
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL synchronous_commit = off');
    await client.query(
      `CREATE TEMP TABLE history ON COMMIT DROP AS
       SELECT seq, gen_random_uuid() AS event_id, '2:' || (seq % 50000) AS conversation_key,
         CASE WHEN seq > $1 THEN 'pending' WHEN $2 > 0 AND seq % GREATEST($2, 1) = 0 AND seq / GREATEST($2, 1) <= $3 THEN 'dead'
           ELSE 'delivered' END AS state,
         CASE WHEN seq % 3 = 0 THEN 'customer_message' WHEN seq % 7 = 0 THEN 'agent_reply' END AS signal,
         CASE WHEN seq > $1 THEN $5::timestamptz - (($4 + 1 - seq)::float8 / $6) * interval '10 minutes'
           ELSE $5::timestamptz - interval '10 minutes' - (($1 + 1 - seq)::float8 / $1) * $7 * interval '1 day' END AS received_at,
         (ARRAY['10','25','50','100','250','500','1000','2500'])[1 + (random() * 7)::int] AS latency
       FROM generate_series(1, $4::bigint) AS seq`,
      [finished, every, dead, deliveries, until, Math.max(pending, 1), days],
    );
    await client.query(EVENTS);
    await client.query(DEAD_FACTS);
    await client.query(DELIVERIES);
    const runs = Math.max(facts - dead, 0);
    await client.query(RUN_FACTS, [runs, Math.ceil(runs / Math.max(finished, 1))]);
    await client.query(ROLLUPS);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
  await pool.query('VACUUM ANALYZE');
}

const EVENTS = `
  INSERT INTO webhook_events (seq, event_id, dedupe_key, event, conversation_key, headers, body, via, received_at)
  OVERRIDING SYSTEM VALUE
  SELECT seq, event_id, sha256(event_id::text::bytea), 'message_created', conversation_key, '{}',
    '{"event":"message_created","content":"A question about an order"}', 'direct', received_at
  FROM history ORDER BY seq`;

const DEAD_FACTS = `
  INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at)
  SELECT 'support.webhook.dead_letter', 'support',
    jsonb_build_object('payload', jsonb_build_object('event', 'message_created', 'content', repeat('A question about an order. ', 40)),
      'attempts', 1, 'lastError', 'The Agent service answered HTTP 422', 'agentEndpoint', 'http://127.0.0.1/webhooks/chatwoot'),
    jsonb_build_object('timestamp', received_at, 'seq', seq, 'run', 1, 'event', 'message_created', 'conversation', conversation_key,
      'errorClass', 'http_4xx', 'status', 422, 'cause', 'http_4xx|422|message_created'), received_at
  FROM history WHERE state = 'dead' ORDER BY seq`;

const DELIVERIES = `
  INSERT INTO deliveries (seq, event_id, conversation_key, conversation_id, customer_key, event, signal, state, due_at, run,
    attempts, attempts_total, last_outcome, last_status, received_at, run_started_at, finished_at, dead_fact_id)
  SELECT h.seq, event_id, conversation_key, split_part(conversation_key, ':', 2), '2:' || (h.seq % 20000), 'message_created',
    signal, state, received_at, 1, (state <> 'pending')::int, (state <> 'pending')::int,
    CASE state WHEN 'dead' THEN 'http_4xx' WHEN 'delivered' THEN 'ok' END, CASE state WHEN 'dead' THEN 422 WHEN 'delivered' THEN 200 END,
    received_at, received_at,
    CASE WHEN state <> 'pending' THEN received_at END, f.id
  FROM history h
  LEFT JOIN dashboard_facts f ON h.state = 'dead' AND (f.metadata->>'seq')::bigint = h.seq
  ORDER BY h.seq`;

const RUN_FACTS = `
  INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at)
  SELECT 'support.webhook.retry', 'support',
    jsonb_build_object('attempts', 1, 'success', state = 'delivered', 'finalStatus', CASE state WHEN 'dead' THEN 422 ELSE 200 END, 'durationMs', 40),
    jsonb_build_object('seq', seq, 'run', run, 'event', 'message_created', 'conversation', conversation_key), received_at
  FROM (SELECT * FROM history, generate_series(1, $2::int) AS run
    WHERE state <> 'pending' ORDER BY seq DESC LIMIT $1) ended ORDER BY seq, run`;

const ROLLUPS = `
  INSERT INTO fact_rollups (resolution, bucket, metric, label, n)
  SELECT resolution, bucket, metric, label, count(*)
  FROM history, LATERAL (VALUES
    ('received', 'accepted', true),
    ('attempt', CASE state WHEN 'dead' THEN 'http_4xx' ELSE 'ok' END, state <> 'pending'),
    ('run', state, state <> 'pending'),
    ('latency', latency, state = 'delivered')) AS m(metric, label, counts),
  LATERAL (VALUES
    ('minute', date_bin('1 minute', received_at, 'epoch')),
    ('ten_minutes', date_bin('10 minutes', received_at, 'epoch')),
    ('hour', date_bin('1 hour', received_at, 'epoch')),
    ('total', 'epoch'::timestamptz)) AS b(resolution, bucket)
  WHERE counts AND NOT (resolution = 'total' AND metric = 'latency')
    AND (resolution <> 'minute' OR received_at > (SELECT max(received_at) FROM history) - interval '8 days')
  GROUP BY 1, 2, 3, 4`;
