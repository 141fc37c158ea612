import type pg from 'pg';

const LAST_REPLY = `
UPDATE conversations c SET last_reply_at = r.at, last_reply_kind = r.kind, last_reply_by = r.by_name
FROM unnest($1::text[]) AS k(key), LATERAL (
  SELECT at, kind, by_name FROM conversation_replies WHERE key = k.key ORDER BY message_id DESC LIMIT 1
) r
WHERE c.key = k.key AND (c.last_reply_at, c.last_reply_kind) IS DISTINCT FROM (r.at, r.kind)`;

/**
 * A customer waits as long as Chatwoot says so and no person has answered: the webhook that ends the waiting may be the one
 * that was lost. Chatwoot gives whole seconds, so an answer within the same second may also be the one before; then the
 * newest snapshot alone decides. Who waits too long unseen is worse than who is shown a moment longer.
 */
const WAITING = `
UPDATE conversations c SET waiting_since = w.since, due_at = w.since + make_interval(secs => w.seconds)
FROM (
  SELECT k.key, CASE WHEN o.status IN ('open', 'pending') AND NOT EXISTS (
      SELECT FROM conversation_replies r
      WHERE r.key = k.key AND r.kind = 'agent' AND r.at >= o.snapshot_waiting_since + interval '1 second'
    ) THEN o.snapshot_waiting_since END AS since,
    CASE WHEN EXISTS (
      SELECT FROM conversation_replies r
      WHERE r.key = k.key AND r.kind = 'agent' AND r.at < o.snapshot_waiting_since
    ) OR o.first_reply_at < o.snapshot_waiting_since
      THEN COALESCE(p.next_seconds, p.first_seconds, $2) ELSE COALESCE(p.first_seconds, $2) END AS seconds
  FROM unnest($1::text[]) AS k(key)
  JOIN conversations o ON o.key = k.key LEFT JOIN sla_policies p ON p.id = o.sla_policy_id
) w
WHERE c.key = w.key
  AND (c.waiting_since, c.due_at) IS DISTINCT FROM (w.since, w.since + make_interval(secs => w.seconds))`;

/**
 * How each wait ended: by a person's first answer after it began and before the next one, or without an answer once the
 * newest snapshot says so.
 */
const WAITS = `
UPDATE waits w SET first = n.first, due_at = n.due_at, answered_at = n.answered_at, ended_at = n.ended_at
FROM (
  SELECT o.key, o.since, t.first, t.answered_at,
    o.since + make_interval(secs => CASE WHEN t.first THEN COALESCE(p.first_seconds, $2)
      ELSE COALESCE(p.next_seconds, p.first_seconds, $2) END) AS due_at,
    CASE WHEN t.answered_at IS NULL AND c.waiting_since IS DISTINCT FROM o.since
      THEN COALESCE(o.ended_at, GREATEST(o.since, to_timestamp(c.chatwoot_updated_at))) END AS ended_at
  FROM unnest($1::text[]) AS k(key)
  JOIN waits o ON o.key = k.key
  JOIN conversations c ON c.key = o.key
  LEFT JOIN sla_policies p ON p.id = c.sla_policy_id,
  LATERAL (
    SELECT NOT (COALESCE(c.first_reply_at < o.since, false) OR EXISTS (
        SELECT FROM conversation_replies r WHERE r.key = o.key AND r.kind = 'agent' AND r.at < o.since)) AS first,
      (SELECT min(r.at) FROM conversation_replies r
       WHERE r.key = o.key AND r.kind = 'agent' AND r.at >= o.since
         AND (r.at >= o.since + interval '1 second' OR c.waiting_since IS DISTINCT FROM o.since)
         AND r.at < (SELECT COALESCE(min(n.since) + interval '1 second', 'infinity') FROM waits n
           WHERE n.key = o.key AND n.since > o.since)) AS answered_at
  ) t
) n
WHERE w.key = n.key AND w.since = n.since
  AND (w.first, w.due_at, w.answered_at, w.ended_at) IS DISTINCT FROM (n.first, n.due_at, n.answered_at, n.ended_at)`;

/** A canary's conversation is nobody's: its key is on record before its first message is written. */
const CANARIES = `
WITH canary AS (
  SELECT k.key FROM unnest($1::text[]) AS k(key) WHERE EXISTS (SELECT FROM canary_runs r WHERE r.conversation_key = k.key)
), nobody AS (
  UPDATE conversations c SET waiting_since = NULL, due_at = NULL FROM canary WHERE c.key = canary.key
)
DELETE FROM waits w USING canary WHERE w.key = canary.key`;

/**
 * Locks conversations before anything of theirs is written, in one order for everybody: two transactions that write of the
 * same ones then wait for each other instead of both failing.
 */
export async function lockConversations(client: pg.ClientBase, keys: readonly string[]): Promise<void> {
  await client.query('SELECT FROM conversations WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE', [keys]);
}

/**
 * Brings what follows from snapshots and replies up to date, in the caller's transaction.
 * @param defaultSeconds SLA_FIRST_RESPONSE, where Chatwoot has no policy for the conversation
 */
export async function recomputeWaits(
  client: pg.ClientBase,
  keys: readonly string[],
  defaultSeconds: number,
): Promise<void> {
  await lockConversations(client, keys);
  await client.query(LAST_REPLY, [keys]);
  await client.query(WAITING, [keys, defaultSeconds]);
  await client.query(WAITS, [keys, defaultSeconds]);
  await client.query(CANARIES, [keys]);
}
