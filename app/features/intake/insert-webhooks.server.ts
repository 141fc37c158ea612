import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { InboxRow } from './inbox-row.ts';

/** The message `i` was fetched before its webhook came: number and second are the same, or the second is not known. */
const IS_RECOVERED = `(r.account, r.message_id) = (i.account, i.message_id)
    AND COALESCE(floor(extract(epoch FROM r.created_at)) = i.message_second, true)`;

/**
 * Inbox row, delivery and counts of a whole batch in one statement, hence one transaction and one round trip.
 * `seq` follows the order of the batch. What was fetched before and only withheld for its number or age goes out when its
 * webhook comes after all: Chatwoot itself tells of it. The bodies travel as one binary value that is cut up here: as an array
 * they would be sent as hexadecimal text, twice the size. Rows of a spool file that a timed-out batch had
 * committed after all are no duplicates and not counted again.
 */
const INSERT = `
WITH input AS MATERIALIZED (
  SELECT i.*, substring($2::bytea FROM (i.ord::int - 1) * 32 + 1 FOR 32) AS dedupe_key
  FROM ROWS FROM (json_to_recordset($3::json) AS (
    event_id uuid, delivery_id text, event text, conversation_key text, conversation_id text,
    customer_key text, signal text, account text, message_id bigint, message_second bigint, headers text, body_at int, body_length int,
    received_at timestamptz, order_at timestamptz, order_id bigint,
    conversation_second bigint
  )) WITH ORDINALITY AS i(event_id, delivery_id, event, conversation_key, conversation_id,
    customer_key, signal, account, message_id, message_second, headers, body_at, body_length, received_at, order_at, order_id, conversation_second, ord)
), late AS (
  UPDATE reconciled_messages r SET arrived_at = i.received_at FROM input i
  WHERE ${IS_RECOVERED} AND r.arrived_at IS NULL AND $5 = 'webhook'
  RETURNING r.seq, r.conversation_key
), told AS (
  UPDATE withheld_messages w SET decision = 'arrived', decided_at = now(), decided_by = 'Chatwoot' FROM late
  WHERE w.conversation_key = late.conversation_key AND (w.seq = late.seq OR w.event = 'conversation_created')
    AND w.decided_at IS NULL AND w.reason IN ('counting', 'many', 'old')
  RETURNING w.seq
), let_go AS (
  UPDATE deliveries d SET state = 'pending', finished_at = NULL, due_at = now(), run_started_at = now() FROM told
  WHERE d.seq = told.seq AND d.state = 'withheld'
), inserted AS (
  INSERT INTO webhook_events
    (event_id, dedupe_key, delivery_id, source, event, conversation_key, headers, body, via, received_at)
  SELECT event_id, dedupe_key, delivery_id, $5, event, conversation_key, headers::jsonb,
         substring($1::bytea FROM body_at + 1 FOR body_length), $4, received_at
  FROM input i
  WHERE NOT EXISTS (
    SELECT FROM reconciled_messages r WHERE ${IS_RECOVERED})
  ORDER BY ord
  ON CONFLICT (dedupe_key) DO NOTHING
  RETURNING seq, event_id
), queued AS (
  INSERT INTO deliveries
    (seq, event_id, conversation_key, conversation_id, customer_key, event, signal, due_at, received_at, run_started_at,
     message_at, message_id, conversation_began)
  SELECT seq, event_id, conversation_key, conversation_id, customer_key, event, signal,
         LEAST(received_at, now()), received_at, received_at, order_at, order_id, to_timestamp(conversation_second)
  FROM inserted JOIN input USING (event_id) ORDER BY seq
), counted AS (
  INSERT INTO fact_rollups (resolution, bucket, metric, label, n)
  SELECT r.resolution, r.bucket, 'received', o.label, count(*)
  FROM (
    SELECT received_at, CASE WHEN inserted.event_id IS NULL THEN 'duplicate' ELSE 'accepted' END AS label
    FROM input LEFT JOIN inserted USING (event_id)
    WHERE inserted.event_id IS NOT NULL OR $5 = 'webhook' AND ($4 = 'direct' OR NOT EXISTS (
      SELECT FROM webhook_events e WHERE e.dedupe_key = input.dedupe_key AND e.event_id = input.event_id))
  ) o, LATERAL (VALUES
    ('minute', date_bin('1 minute', received_at, 'epoch')),
    ('ten_minutes', date_bin('10 minutes', received_at, 'epoch')),
    ('hour', date_bin('1 hour', received_at, 'epoch')),
    ('total', 'epoch'::timestamptz)
  ) r(resolution, bucket)
  GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
  ON CONFLICT (resolution, metric, bucket, label) DO UPDATE SET n = fact_rollups.n + excluded.n
)
SELECT seq::float8, event_id FROM inserted`;

/**
 * Durable when the transaction it is part of has committed.
 * @returns `seq` by event id of the rows that were new; the others were duplicates
 * @throws pg.DatabaseError
 */
export async function insertWebhooks(
  client: Pick<pg.ClientBase, 'query'>,
  rows: readonly InboxRow[],
  via: 'direct' | 'spool',
  source: 'webhook' | 'reconciled' = 'webhook',
): Promise<Map<string, number>> {
  let at = 0;
  const named = new Set<string>();
  const described = rows.map((row) => {
    const bodyAt = at;
    at += row.body.length;
    // The same event twice in one batch: the second is a duplicate, and must not join the first one's row.
    const isRepeated = named.has(row.eventId);
    named.add(row.eventId);
    return {
      event_id: isRepeated ? randomUUID() : row.eventId,
      delivery_id: row.deliveryId,
      event: row.event,
      conversation_key: row.conversationKey,
      conversation_id: row.conversationId,
      customer_key: row.customerKey,
      signal: row.signal,
      account: row.message?.account ?? null,
      message_id: row.message?.id ?? null,
      message_second: row.message?.createdSecond ?? null,
      headers: row.headers,
      body_at: bodyAt,
      body_length: row.body.length,
      received_at: row.receivedAt,
      order_at: row.order?.at,
      order_id: row.order?.id,
      conversation_second: row.conversationSecond,
    };
  });
  const values = [
    Buffer.concat(rows.map((row) => row.body)),
    Buffer.concat(rows.map((row) => row.dedupeKey)),
    JSON.stringify(described),
    via,
    source,
  ];
  // By callback: what a query that returns pg's own promise held lived until the next full garbage collection, and at
  // thousands of webhooks a second one was due each second and stopped everything for 40 ms (docs/bench.md).
  const result = await new Promise<pg.QueryResult<{ seq: number; event_id: string }>>((resolve, reject) =>
    client.query({ name: 'insert-webhooks', text: INSERT, values }, (error: Error | null, inserted) =>
      error ? reject(error) : resolve(inserted),
    ),
  );
  return new Map(result.rows.map((row) => [row.event_id, row.seq]));
}
