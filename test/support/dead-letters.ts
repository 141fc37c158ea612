import type { Services } from '../../app/lib/services.server.ts';

export interface EventSpec {
  count?: number;
  state?: 'pending' | 'delivered' | 'dead' | 'discarded';
  /** First Chatwoot conversation number; event i belongs to conversation `from + i % conversations`. */
  conversation?: number;
  conversations?: number;
  event?: string;
  signal?: 'customer_message' | 'machine_message' | 'agent_reply' | 'resolved' | null;
  errorClass?: string;
  status?: number | null;
  lastError?: string;
  content?: string;
  receivedAt?: Date;
  deadAt?: Date;
}

export interface InsertedEvent {
  seq: number;
  /** Number of its dead letter; null unless dead or discarded. */
  id: number | null;
}

/**
 * Inserts events in the state that the product would have left them in: inbox row, delivery, attempts, facts and
 * rollups, in one transaction.
 */
export async function insertEvents(services: Services, spec: EventSpec = {}): Promise<InsertedEvent[]> {
  const state = spec.state ?? 'dead';
  const receivedAt = spec.receivedAt ?? new Date('2026-09-22T08:00:00Z');
  const deadAt = spec.deadAt ?? new Date(receivedAt.getTime() + 60_000);
  const count = spec.count ?? 1;
  const died = state === 'dead' || state === 'discarded';
  const ended = died || state === 'delivered';
  const values = {
    count,
    first: spec.conversation ?? 100,
    conversations: spec.conversations ?? count,
    event: spec.event ?? 'message_created',
    signal: spec.signal === undefined ? 'customer_message' : spec.signal,
    state,
    receivedAt,
    deadAt,
    errorClass: spec.errorClass ?? 'http_5xx',
    status: spec.status === undefined ? 503 : spec.status,
    lastError: spec.lastError ?? 'answered 503',
    content: spec.content ?? 'My order never arrived',
  };
  const { rows } = await services.db.pool.query<InsertedEvent>(
    `WITH p AS (SELECT ($1::jsonb)->>'event' AS event, ($1::jsonb)->>'state' AS state, ($1::jsonb)->>'signal' AS signal,
         (($1::jsonb)->>'receivedAt')::timestamptz AS received_at, (($1::jsonb)->>'deadAt')::timestamptz AS dead_at,
         ($1::jsonb)->>'errorClass' AS error_class, (($1::jsonb)->>'status')::int AS status,
         ($1::jsonb)->>'lastError' AS last_error, ($1::jsonb)->>'content' AS content),
     made AS (
       SELECT nextval('webhook_events_seq_seq') AS seq, gen_random_uuid() AS event_id,
         ((($1::jsonb)->>'first')::int + i % (($1::jsonb)->>'conversations')::int)::text AS conversation
       FROM generate_series(0, (($1::jsonb)->>'count')::int - 1) i),
     events AS (
       INSERT INTO webhook_events (seq, event_id, dedupe_key, event, conversation_key, headers, body, via, received_at)
       SELECT m.seq, m.event_id, decode(md5(m.event_id::text), 'hex'), p.event, '2:' || m.conversation,
         '{"content-type": "application/json"}',
         convert_to(format('{"id": %s, "event": "%s", "content": %s, "conversation": {"id": %s}}', m.seq, p.event, to_json(p.content), m.conversation), 'UTF8'),
         'direct', p.received_at
       FROM made m, p),
     facts AS (
       INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at)
       SELECT 'support.webhook.dead_letter', 'support',
         jsonb_build_object('payload', jsonb_build_object('id', m.seq, 'event', p.event, 'content', p.content), 'attempts', 1,
           'lastError', p.last_error, 'agentEndpoint', 'http://127.0.0.1:1/webhooks/chatwoot'),
         jsonb_build_object('timestamp', p.dead_at, 'seq', m.seq, 'run', 1, 'event', p.event, 'conversation', m.conversation,
           'errorClass', p.error_class, 'status', p.status, 'cause', concat_ws('|', p.error_class, COALESCE(p.status::text, '-'), p.event)),
         p.dead_at
       FROM made m, p WHERE p.state IN ('dead', 'discarded') ORDER BY m.seq
       RETURNING id, (metadata->>'seq')::bigint AS seq),
     tried AS (
       INSERT INTO attempts (seq, number, run, kind, started_at, duration_ms, outcome, status, error, response, worker)
       SELECT m.seq, 1, 1, 'normal', p.dead_at, 12, CASE WHEN p.state = 'delivered' THEN 'ok' ELSE p.error_class END,
         CASE WHEN p.state = 'delivered' THEN 200 ELSE p.status END, NULL, 'answer', 'test'
       FROM made m, p WHERE p.state <> 'pending')
     INSERT INTO deliveries (seq, event_id, conversation_key, conversation_id, customer_key, event, signal, state, due_at,
       attempts, attempts_total, last_outcome, last_status, received_at, run_started_at, finished_at, dead_fact_id, discarded_by, discard_reason)
     SELECT m.seq, m.event_id, '2:' || m.conversation, m.conversation, 'customer ' || m.conversation, p.event, p.signal, p.state, p.received_at,
       CASE WHEN p.state = 'pending' THEN 0 ELSE 1 END, CASE WHEN p.state = 'pending' THEN 0 ELSE 1 END,
       CASE p.state WHEN 'pending' THEN NULL WHEN 'delivered' THEN 'ok' ELSE p.error_class END, p.status, p.received_at, p.received_at,
       CASE WHEN p.state <> 'pending' THEN p.dead_at END, f.id,
       CASE WHEN p.state = 'discarded' THEN 'Ada' END, CASE WHEN p.state = 'discarded' THEN 'a test' END
     FROM made m CROSS JOIN p LEFT JOIN facts f ON f.seq = m.seq
     ORDER BY m.seq
     RETURNING seq, dead_fact_id AS id`,
    [JSON.stringify(values)],
  );
  await addTotal(services, 'received', 'accepted', count);
  if (ended) await addTotal(services, 'run', died ? 'dead' : 'delivered', count);
  return rows.sort((a, b) => a.seq - b.seq);
}

async function addTotal(services: Services, metric: string, label: string, n: number): Promise<void> {
  await services.db.pool.query(
    `INSERT INTO fact_rollups (resolution, bucket, metric, label, n) VALUES ('total', 'epoch', $1, $2, $3)
     ON CONFLICT (resolution, metric, bucket, label) DO UPDATE SET n = fact_rollups.n + excluded.n`,
    [metric, label, n],
  );
}

/**
 * Ends pending deliveries the way a worker's completion does: state, dead letter, replay item and totals.
 * @param outcome decided for each event, in order of receipt
 */
export async function endPending(
  services: Services,
  outcome: (seq: number, index: number) => 'delivered' | 'dead',
  now = new Date(),
): Promise<number[]> {
  const { pool } = services.db;
  const pending = await pool.query<{ seq: number; run: number; event: string }>(
    `SELECT seq, run, event FROM deliveries WHERE state = 'pending' ORDER BY seq`,
  );
  for (const [index, { seq, run, event }] of pending.rows.entries()) {
    const end = outcome(seq, index);
    if (end === 'delivered') {
      await pool.query(
        `WITH done AS (
           UPDATE deliveries SET state = 'delivered', finished_at = $2, attempts = 1, last_outcome = 'ok', last_status = 200, attempts_total = attempts_total + 1
           WHERE seq = $1 AND state = 'pending' RETURNING seq, replay_id)
         UPDATE replay_items i SET outcome = 'delivered', finished_at = $2 FROM done
         WHERE i.replay_id = done.replay_id AND i.seq = done.seq`,
        [seq, now],
      );
    } else {
      await pool.query(
        `WITH fact AS (
           INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at)
           VALUES ('support.webhook.dead_letter', 'support', $4, $3, $2) RETURNING id),
         was AS (SELECT replay_id FROM deliveries WHERE seq = $1),
         item AS (
           UPDATE replay_items i SET outcome = 'dead', finished_at = $2 FROM was
           WHERE i.replay_id = was.replay_id AND i.seq = $1)
         UPDATE deliveries SET state = 'dead', finished_at = $2, attempts = 1, attempts_total = attempts_total + 1,
           replay_id = NULL, dead_fact_id = fact.id, last_outcome = 'http_5xx', last_status = 500 FROM fact
         WHERE seq = $1 AND state = 'pending'`,
        [
          seq,
          now,
          JSON.stringify({
            seq,
            run,
            event,
            errorClass: 'http_5xx',
            status: 500,
            cause: `http_5xx|500|${event}`,
          }),
          JSON.stringify({ payload: {}, attempts: 1, lastError: 'answered 500', agentEndpoint: '' }),
        ],
      );
    }
    await addTotal(services, 'run', end, 1);
  }
  return pending.rows.map((row) => row.seq);
}
