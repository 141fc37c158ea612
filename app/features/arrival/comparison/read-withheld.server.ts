import type pg from 'pg';
import { openText } from '../../../lib/body-cipher.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { conversationUrl } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import type { WithheldReason, WithheldView } from './reconciliation-view.ts';

/** So many are listed; the counts are of all. */
const LISTED = 50;

interface Row {
  seq: number;
  account: string;
  conversation: string;
  created_at: Date;
  withheld_at: Date;
  reason: WithheldReason;
  late: boolean;
  customer_name: string | null;
  key: string;
}

/**
 * The messages that were fetched and wait for somebody's decision, oldest first.
 * @param wish.withNames whether customers' names may be shown
 * @param wish.run only what this comparison found
 */
export async function readWithheld(
  { db, config, chatwootClock }: Pick<Services, 'db' | 'config' | 'chatwootClock'>,
  { withNames, run }: { withNames: boolean; run?: number },
): Promise<WithheldView> {
  const open = `decided_at IS NULL AND event = 'message_created' AND ($1::bigint IS NULL OR reconciliation_id = $1)`;
  const [counted, listed] = await Promise.all([
    db.pool.query<{ reason: WithheldReason; n: number; up_to: number }>(
      `SELECT reason, count(*) AS n, max(seq) AS up_to FROM withheld_messages WHERE ${open} GROUP BY reason`,
      [run ?? null],
    ),
    db.pool.query<Row>(
      `SELECT w.seq, m.account, d.conversation_id AS conversation, m.created_at, w.withheld_at, w.reason,
         m.arrived_at IS NOT NULL AS late, c.customer_name, w.conversation_key AS key
       FROM (SELECT * FROM withheld_messages WHERE ${open} ORDER BY seq LIMIT ${LISTED}) w
       JOIN deliveries d USING (seq) JOIN reconciled_messages m USING (seq)
       LEFT JOIN conversations c ON c.key = w.conversation_key
         AND COALESCE(c.created_at = d.conversation_began, true) ORDER BY w.seq`,
      [run ?? null],
    ),
  ]);
  const base = config.connection?.chatwootUrl ?? null;
  return {
    counts: Object.fromEntries(counted.rows.map(({ reason, n }) => [reason, n])),
    upTo: Math.max(0, ...counted.rows.map(({ up_to: upTo }) => upTo)),
    items: listed.rows.map((row) => ({
      seq: row.seq,
      conversation: row.conversation,
      customer:
        withNames && row.customer_name !== null
          ? openText(config.DATA_ENCRYPTION_KEYS, row.customer_name, row.key)
          : null,
      writtenAt: chatwootClock.here(row.created_at).toISOString(),
      foundAt: row.withheld_at.toISOString(),
      reason: row.reason,
      late: row.late,
      url: conversationUrl(base, row.account, row.conversation),
    })),
  };
}

/** Messages of a conversation that no webhook told of and that were fetched, within the week before `now`. */
export async function countFetched(pool: pg.Pool, key: string, now: Date): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `SELECT count(*) AS n FROM reconciled_messages
     WHERE conversation_key = $1 AND arrived_at IS NULL AND recovered_at > $2::timestamptz - interval '7 days'`,
    [key, now],
  );
  return rows[0]!.n;
}
