import type pg from 'pg';
import { AT_ITS_BEGINNING_MS } from './conversation-snapshot.ts';
import type { KnownConversation } from './says-more-of-the-same.ts';
import { CHATWOOT_AHEAD } from '../../lib/chatwoot/clock.server.ts';

/**
 * Whether a conversation is the one of a canary's run, in SQL. One that was made after the run was over only bears its number:
 * Chatwoot was put back from a backup and gave it out again, to a customer.
 * @param conversation alias of a row of `conversations`; nothing but the number counts where there is none
 * @param run alias of a row of `canary_runs`
 */
export const isOfCanary = (conversation: string, run: string) =>
  `COALESCE(${conversation}.created_at <= ${run}.finished_at + ${CHATWOOT_AHEAD} + interval '1 minute', true)`;

const AT_ITS_BEGINNING = `interval '${AT_ITS_BEGINNING_MS} milliseconds'`;
/** Chatwoot gives whole seconds: what lies within the same one may also be the one before. */
const SAME_SECOND = `interval '1 second'`;

/**
 * Ends a subquery that is worked out once for each conversation, in the order in which it stands there. Without it the planner
 * writes its expressions out at each use and works them out as often, or begins with the tables instead of the few conversations.
 */
const ONCE = 'OFFSET 0';

/** An answer of a person that reached the customer. */
const ANSWER = `r.kind = 'agent' AND NOT r.failed`;

const LAST_REPLY = `
UPDATE conversations c SET last_reply_at = r.at, last_reply_kind = r.kind, last_reply_by = r.by_name
FROM unnest($1::text[]) AS k(key) LEFT JOIN LATERAL (
  SELECT at, kind, by_name FROM conversation_replies WHERE key = k.key AND NOT failed ORDER BY message_id DESC LIMIT 1
) r ON true
WHERE c.key = k.key AND (c.last_reply_at, c.last_reply_kind) IS DISTINCT FROM (r.at, r.kind)`;

/**
 * Put back from a backup, Chatwoot has lost an answer and goes on counting from before it: who wrote after that answer began to wait
 * then. Otherwise an answer ends Chatwoot's count, and a message starts a new one.
 */
const AFTER_LOST_ANSWERS = `
INSERT INTO waits (key, snapshot_since, due_at)
SELECT c.key, m.at, m.at
FROM conversations c
CROSS JOIN LATERAL (SELECT max(r.at) AS at FROM conversation_replies r WHERE r.key = c.key AND ${ANSWER}) a
CROSS JOIN LATERAL (SELECT date_trunc('second', min(m.at)) AS at FROM customer_messages m
  WHERE m.key = c.key AND NOT m.machine AND m.at >= a.at + ${SAME_SECOND}) m
WHERE c.key = ANY($1::text[]) AND c.snapshot_waiting_since + ${SAME_SECOND} <= a.at
  AND m.at <= to_timestamp(c.chatwoot_updated_at)
ON CONFLICT DO NOTHING`;

/**
 * When customers began to wait. Chatwoot sets `waiting_since` at the creation of every conversation, also where a campaign or
 * an agent opened it, and for a machine's message: then it is the first message of a person after that, if there is one. Where
 * nothing that began it is known (a bot hands over), it is Chatwoot's own time, if the customer ever wrote. Who got only an
 * answer that failed, and writes again, still waits since the first question.
 */
const BEGINNINGS = `
WITH begun AS (
  SELECT o.key, o.snapshot_since,
    CASE WHEN COALESCE(opener.machine, false) OR NOT EXISTS (
        SELECT FROM customer_messages m WHERE m.key = o.key AND NOT m.machine
          AND m.at < LEAST(o.snapshot_since + ${AT_ITS_BEGINNING}, next.at))
      THEN (SELECT min(m.at) FROM customer_messages m WHERE m.key = o.key AND NOT m.machine
        AND m.at >= o.snapshot_since AND m.at < next.at)
      ELSE o.snapshot_since END AS since
  FROM unnest($1::text[]) AS k(key) JOIN waits o ON o.key = k.key
  CROSS JOIN LATERAL (SELECT COALESCE(min(n.snapshot_since), 'infinity') AS at FROM waits n
    WHERE n.key = o.key AND n.snapshot_since > o.snapshot_since) next
  LEFT JOIN LATERAL (SELECT m.machine FROM customer_messages m WHERE m.key = o.key AND m.at >= o.snapshot_since
    AND m.at < LEAST(o.snapshot_since + ${AT_ITS_BEGINNING}, next.at) ORDER BY m.message_id LIMIT 1) opener ON true
)
UPDATE waits w SET since = n.since
FROM (
  SELECT b.key, b.snapshot_since, CASE WHEN NOT EXISTS (
      SELECT FROM conversation_replies f JOIN begun p ON p.key = f.key AND p.since <= f.at
      WHERE f.key = b.key AND f.kind = 'agent' AND f.failed AND f.at < b.since AND NOT EXISTS (
        SELECT FROM conversation_replies r WHERE r.key = b.key AND NOT r.failed AND r.at >= p.since AND r.at < b.since)
    ) THEN b.since END AS since
  FROM begun b
) n
WHERE w.key = n.key AND w.snapshot_since = n.snapshot_since AND w.since IS DISTINCT FROM n.since`;

/**
 * Chatwoot's rule for when an answer is due: the first one counted from the creation of the conversation, every later one
 * from the beginning of the wait. Where our own target holds, nobody is late before they wrote, or because of what was
 * resolved before.
 * @param since the beginning, `first` whether nobody has answered yet; of conversation `c` with policy `p`
 */
const dueAt = (since: string, first: string) => `
CASE WHEN ${first} THEN LEAST(${since}, CASE
    WHEN p.first_seconds IS NOT NULL THEN c.created_at
    WHEN c.resolved_at < ${since} THEN ${since}
    ELSE GREATEST(c.created_at, (SELECT min(m.at) FROM customer_messages m
      WHERE m.key = c.key AND NOT m.machine HAVING min(m.at) > c.created_at + ${AT_ITS_BEGINNING})) END)
  ELSE ${since} END + make_interval(secs => CASE WHEN ${first} THEN COALESCE(p.first_seconds, $2)
    ELSE COALESCE(p.next_seconds, p.first_seconds, $2) END)`;

const isFirst = (since: string) => `
NOT (COALESCE(c.first_reply_at < ${since}, false) OR EXISTS (
  SELECT FROM conversation_replies r WHERE r.key = c.key AND ${ANSWER} AND r.at < ${since}))`;

/**
 * A customer waits as long as Chatwoot says so and no person has answered: the webhook that ends the waiting may be the one
 * that was lost. Within the same second the newest snapshot alone decides. Who waits too long unseen is worse than who is
 * shown a moment longer. Chatwoot also stops the clock for an answer that then fails, starts none for a ticket that went
 * into a conversation which was there before, and counts from before an answer that it lost: those are owed an answer all the same.
 */
const WAITING = `
UPDATE conversations c SET waiting_since = n.since, due_at = n.due_at, machine_since = n.machine_since
FROM (
  SELECT c.key, w.since, CASE WHEN w.since IS NOT NULL THEN ${dueAt('w.since', 't.first')} END AS due_at,
    CASE WHEN w.is_open AND w.since IS NULL AND EXISTS (
        SELECT FROM customer_messages m WHERE m.key = c.key AND m.machine AND m.at >= c.snapshot_waiting_since)
      AND NOT EXISTS (SELECT FROM conversation_replies r
        WHERE r.key = c.key AND ${ANSWER} AND r.at >= c.snapshot_waiting_since + ${SAME_SECOND})
      THEN c.snapshot_waiting_since END AS machine_since
  FROM unnest($1::text[]) AS k(key)
  CROSS JOIN LATERAL (SELECT * FROM conversations WHERE key = k.key ${ONCE}) c
  LEFT JOIN sla_policies p ON p.id = c.sla_policy_id
  CROSS JOIN LATERAL (SELECT c.status IN ('open', 'pending') AND c.gone_at IS NULL AS is_open) o
  CROSS JOIN LATERAL (SELECT o.is_open, CASE WHEN o.is_open THEN COALESCE(
    (SELECT w.since FROM waits w
     WHERE w.key = c.key AND w.snapshot_since = c.snapshot_waiting_since AND NOT EXISTS (
       SELECT FROM conversation_replies r WHERE r.key = c.key AND ${ANSWER} AND r.at >= w.since + ${SAME_SECOND})),
    (SELECT min(w.since) FROM waits w
     WHERE w.key = c.key AND NOT EXISTS (
       SELECT FROM conversation_replies r WHERE r.key = c.key AND NOT r.failed AND r.at >= w.since)
     AND (EXISTS (SELECT FROM conversation_replies f
         WHERE f.key = c.key AND f.kind = 'agent' AND f.failed AND f.at >= w.since)
       OR w.snapshot_since > c.snapshot_waiting_since
       OR EXISTS (SELECT FROM customer_messages m
         WHERE m.key = c.key AND m.message_id = 0 AND m.at = w.snapshot_since)))) END AS since ${ONCE}) w
  CROSS JOIN LATERAL (SELECT ${isFirst('w.since')} AS first ${ONCE}) t
  ${ONCE}
) n
WHERE c.key = n.key
  AND (c.waiting_since, c.due_at, c.machine_since) IS DISTINCT FROM (n.since, n.due_at, n.machine_since)`;

/**
 * How each wait ended: by a person's first answer after it began and before the next one, or without an answer once the
 * newest snapshot says so.
 */
const WAITS = `
UPDATE waits w SET first = n.first, due_at = n.due_at, answered_at = n.answered_at, ended_at = n.ended_at,
  gone = w.gone AND n.ended_at IS NOT NULL
FROM (
  SELECT o.key, o.snapshot_since, t.first, t.answered_at, ${dueAt('o.since', 't.first')} AS due_at,
    CASE WHEN t.answered_at IS NULL AND c.waiting_since IS DISTINCT FROM o.since
      THEN COALESCE(o.ended_at, GREATEST(o.since, to_timestamp(c.chatwoot_updated_at))) END AS ended_at
  FROM unnest($1::text[]) AS k(key)
  CROSS JOIN LATERAL (SELECT * FROM conversations WHERE key = k.key ${ONCE}) c
  CROSS JOIN LATERAL (SELECT * FROM waits WHERE key = k.key AND since IS NOT NULL ${ONCE}) o
  LEFT JOIN sla_policies p ON p.id = c.sla_policy_id
  CROSS JOIN LATERAL (
    SELECT ${isFirst('o.since')} AS first,
      (SELECT min(r.at) FROM conversation_replies r
       WHERE r.key = o.key AND ${ANSWER} AND r.at >= o.since
         AND (r.at >= o.since + ${SAME_SECOND} OR c.waiting_since IS DISTINCT FROM o.since)
         AND r.at < (SELECT COALESCE(min(n.since) + ${SAME_SECOND}, 'infinity') FROM waits n
           WHERE n.key = o.key AND n.since > o.since)) AS answered_at
    ${ONCE}
  ) t
  ${ONCE}
) n
WHERE w.key = n.key AND w.snapshot_since = n.snapshot_since
  AND (w.first, w.due_at, w.answered_at, w.ended_at) IS DISTINCT FROM (n.first, n.due_at, n.answered_at, n.ended_at)`;

/** A canary's conversation is nobody's: its key, or its inbox, is on record before its first message is written. */
const CANARIES = `
WITH canary AS (
  SELECT c.key FROM conversations c WHERE c.key = ANY($1::text[]) AND EXISTS (
    SELECT FROM canary_runs r WHERE r.conversation_key = c.key AND ${isOfCanary('c', 'r')} OR r.inbox_id = c.inbox_id
    UNION ALL SELECT FROM arrival_proof p WHERE p.canary_inbox_id = c.inbox_id)
), nobody AS (
  UPDATE conversations c SET waiting_since = NULL, due_at = NULL, machine_since = NULL FROM canary WHERE c.key = canary.key
)
DELETE FROM waits w USING canary WHERE w.key = canary.key`;

const LOCK = `
SELECT key, floor(extract(epoch FROM created_at))::float8 AS second, status, inbox_id, sla_policy_id,
  snapshot_waiting_since, waiting_since,
  (SELECT count(*)::int FROM waits w WHERE w.key = c.key) AS waits,
  EXISTS (SELECT FROM conversation_replies r WHERE r.key = c.key) AS replied
FROM conversations c WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE`;

/**
 * Locks conversations before anything of theirs is written, in one order for everybody: two transactions that write of the
 * same ones then wait for each other instead of both failing.
 * @returns by key what is known of those that are there
 */
export async function lockConversations(
  client: pg.ClientBase,
  keys: readonly string[],
): Promise<Map<string, KnownConversation>> {
  const { rows } = await client.query<KnownConversation>({
    name: 'waits-lock',
    text: LOCK,
    values: [keys],
  });
  return new Map(rows.map((row) => [row.key, row]));
}

/**
 * Brings what follows from snapshots, messages and replies up to date, in the caller's transaction.
 * @param defaultSeconds SLA_FIRST_RESPONSE, where Chatwoot has no policy for the conversation
 */
export async function recomputeWaits(
  client: pg.ClientBase,
  keys: readonly string[],
  defaultSeconds: number,
): Promise<void> {
  await lockConversations(client, keys);
  await recomputeLocked(client, keys, defaultSeconds);
}

/**
 * The same for conversations that the caller has locked. The statements have names, so that they are not planned anew with
 * each batch of webhooks.
 */
export async function recomputeLocked(
  client: pg.ClientBase,
  keys: readonly string[],
  defaultSeconds: number,
): Promise<void> {
  await client.query({ name: 'waits-last-reply', text: LAST_REPLY, values: [keys] });
  await client.query({ name: 'waits-after-lost', text: AFTER_LOST_ANSWERS, values: [keys] });
  await client.query({ name: 'waits-beginnings', text: BEGINNINGS, values: [keys] });
  await client.query({ name: 'waits-waiting', text: WAITING, values: [keys, defaultSeconds] });
  await client.query({ name: 'waits-ends', text: WAITS, values: [keys, defaultSeconds] });
  await client.query({ name: 'waits-canaries', text: CANARIES, values: [keys] });
}
