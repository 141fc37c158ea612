import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { decideArrived, noteArrived, WAS_FETCHED } from '../arrival/comparison/came-after-all-sql.ts';
import { letGoOf, queueDeliveries } from '../delivery/delivery-sql.ts';
import { addToRollups, bucketsOf } from '../facts/rollups.server.ts';
import type { InboxRow } from './inbox-row.ts';

/**
 * What a spool brings in, or what was received so long ago that others may have been stored meanwhile: a statement that waited
 * for a lock is carried out although nobody waits for its answer any more. Two batches on their way take milliseconds.
 */
const IS_OVERTAKEN = "($4 = 'spool' OR input.received_at < clock_timestamp() - interval '1 second')";

/**
 * Inbox row, delivery and counts of a whole batch in one statement, hence one transaction and one round trip.
 * `seq` follows the order of the batch. What was fetched before and only withheld for its number or age goes out when its
 * webhook comes after all. The bodies travel as one binary value that is cut up here: as an array
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
  ${noteArrived("$5 = 'webhook'")}
), told AS (
  ${decideArrived('late')}
), let_go AS (
  ${letGoOf('told')}
), inserted AS (
  INSERT INTO webhook_events
    (event_id, dedupe_key, delivery_id, source, event, conversation_key, headers, body, via, received_at)
  SELECT event_id, dedupe_key, delivery_id, $5, event, conversation_key, headers::jsonb,
         substring($1::bytea FROM body_at + 1 FOR body_length), $4, received_at
  FROM input i
  WHERE NOT ${WAS_FETCHED}
  ORDER BY ord
  ON CONFLICT (dedupe_key) DO NOTHING
  RETURNING seq, event_id
), queued AS (
  ${queueDeliveries('FROM inserted JOIN input USING (event_id)', IS_OVERTAKEN)}
), counted AS (
  ${addToRollups(`
  SELECT r.resolution, r.bucket, 'received', o.label, count(*)
  FROM (
    SELECT received_at, CASE WHEN inserted.event_id IS NULL THEN 'duplicate' WHEN $5 = 'webhook' THEN 'accepted' ELSE 'fetched' END AS label
    FROM input LEFT JOIN inserted USING (event_id)
    WHERE inserted.event_id IS NOT NULL OR $5 = 'webhook' AND ($4 = 'direct' OR NOT EXISTS (
      SELECT FROM webhook_events e WHERE e.dedupe_key = input.dedupe_key AND e.event_id = input.event_id))
  ) o, LATERAL ${bucketsOf('received_at')} r(resolution, bucket)
  GROUP BY 1, 2, 4 ORDER BY 1, 2, 4`)}
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
