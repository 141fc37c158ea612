import type pg from 'pg';
import { insertFacts } from '../facts/record-fact.server.ts';
import { isSameConversation } from './next-of-conversation.ts';

/** A customer's message that is not sent on, because a person has answered it. */
export interface SkippedDelivery {
  seq: number;
  conversationId: string | null;
  customerKey: string | null;
  receivedAt: Date;
  /** When the answer arrived here. */
  answeredAt: Date;
}

/** Pending, not in flight, and not in a replay that somebody asked for by name. */
const WAITING = `d.state = 'pending' AND d.signal = 'customer_message' AND d.replay_id IS NULL
      AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.seq = d.seq)`;

/** The first answer of a person in the same conversation, after the message and since the given time. */
const ANSWER = `JOIN LATERAL (
       SELECT r.received_at FROM deliveries r
       WHERE ${isSameConversation('d', 'r')} AND r.seq > d.seq AND r.signal = 'agent_reply'
         AND r.received_at >= $1 AND r.received_at >= d.received_at
       ORDER BY r.seq LIMIT 1) answer ON true`;

/** How many messages `skipAnswered` would leave out now. */
export async function countAnswered(db: pg.Pool | pg.ClientBase, since: Date): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `SELECT count(*) AS n FROM deliveries d ${ANSWER} WHERE ${WAITING}`,
    [since],
  );
  return rows[0]!.n;
}

/**
 * Discards, in a person's name and with a reason, customers' messages that wait and that a person has answered since: an
 * AI draft would come too late. They never died, so they have no dead letter; `requeueSkipped` takes it back.
 */
export async function skipAnswered(
  client: pg.ClientBase,
  skip: { since: Date; by: string; reason: string; now: Date },
): Promise<SkippedDelivery[]> {
  const { rows } = await client.query<SkippedDelivery>(
    `WITH answered AS (
       SELECT d.seq, answer.received_at AS answered_at FROM deliveries d ${ANSWER}
       WHERE ${WAITING} ORDER BY d.seq FOR UPDATE OF d
     ), skipped AS (
       UPDATE deliveries d SET state = 'discarded', discarded_by = $2, discard_reason = $3, finished_at = $4
       FROM answered a WHERE d.seq = a.seq AND d.state = 'pending'
       RETURNING d.seq, d.conversation_id, d.customer_key, d.received_at, a.answered_at
     ), told AS (
       ${insertFacts('support.webhook.skip', {
         value: "jsonb_build_object('seq', seq, 'answeredAt', answered_at)",
         metadata: "jsonb_build_object('actor', $2::text, 'reason', $3::text)",
         at: '$4',
       })}
       FROM skipped ORDER BY seq
     )
     SELECT seq, conversation_id AS "conversationId", customer_key AS "customerKey", received_at AS "receivedAt",
       answered_at AS "answeredAt"
     FROM skipped ORDER BY seq`,
    [skip.since, skip.by, skip.reason, skip.now],
  );
  return rows;
}

/**
 * Sends on what was skipped, or withheld (hold-messages.server.ts): the messages wait for delivery, under the same event ids. Not
 * when the text was removed after the retention time: there would be nothing left to deliver.
 * @returns which of them wait now
 */
export async function requeueSkipped(
  client: pg.ClientBase,
  { seqs, by, now }: { seqs: readonly number[]; by: string; now: Date },
): Promise<number[]> {
  const { rows } = await client.query<{ seq: number }>(
    `WITH requeued AS (
       UPDATE deliveries SET state = 'pending', discarded_by = NULL, discard_reason = NULL, finished_at = NULL,
         due_at = $2, run_started_at = $2
       WHERE seq = ANY($1::bigint[]) AND text_removed_at IS NULL
         AND (state = 'withheld' OR state = 'discarded' AND dead_fact_id IS NULL)
       RETURNING seq
     ), told AS (
       ${insertFacts('support.webhook.unskip', {
         value: "jsonb_build_object('seq', seq)",
         metadata: "jsonb_build_object('actor', $3::text)",
         at: '$2',
       })}
       FROM requeued ORDER BY seq
     )
     SELECT seq FROM requeued ORDER BY seq`,
    [seqs, now, by],
  );
  return rows.map((row) => row.seq);
}
