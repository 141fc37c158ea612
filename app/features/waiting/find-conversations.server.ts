import { openText } from '../../lib/body-cipher.server.ts';
import { CHATWOOT_AHEAD } from '../../lib/chatwoot/clock.server.ts';
import { conversationUrl } from '../../lib/chatwoot/chatwoot-client.server.ts';
import type { ExactId } from '../../lib/chatwoot/chatwoot-values.ts';
import type { Services } from '../../lib/services.server.ts';

export interface FoundConversation {
  key: string;
  conversationId: ExactId;
  /** Null without the right to read texts, or when it is not known. */
  customerName: string | null;
  status: string;
  /** ISO; null: nobody waits. */
  waitingSince: string | null;
  /** ISO, when the SLA is breached; null: nobody waits. */
  dueAt: string | null;
  /** Whose it is, a person or a bot; null: nobody's, or whoever asks may not read names. */
  assignee: string | null;
  /** In Chatwoot; null when it is not connected. */
  url: string | null;
}

interface Row {
  key: string;
  account: string;
  conversation_id: ExactId;
  customer_name: string | null;
  status: string;
  waiting_since: Date | null;
  due_at: Date | null;
  assignee_name: string | null;
}

const COLUMNS = `key, account, conversation_id, customer_name, status, waiting_since - ${CHATWOOT_AHEAD} AS waiting_since, due_at - ${CHATWOOT_AHEAD} AS due_at, assignee_name`;
/** Who waits comes first, then whoever was heard of last. */
const ORDER = 'waiting_since IS NULL, seen_at DESC, key';
/** Sealed names are opened one by one: of as many as wait, at most. */
const MOST_OPENED = 2000;

/**
 * The conversation of a number, in the account that is connected.
 * @param wish.withNames whether names may be shown
 */
export async function findConversation(
  services: Services,
  { id, withNames }: { id: string; withNames: boolean },
): Promise<FoundConversation[]> {
  const { rows } = await services.db.pool.query<Row>(`SELECT ${COLUMNS} FROM conversations WHERE key = $1`, [
    `${services.config.connection?.accountId}:${id}`,
  ]);
  return rows.map((row) => shown(services, row, withNames));
}

/**
 * Conversations of customers each of whose typed words begins a word of their name, those who wait first. By an index, which
 * knows no sealed names: with a key set, those of who waits are looked through one by one.
 * @param words at least one; for whoever may read names only
 */
export async function findConversationsByName(
  services: Services,
  words: readonly string[],
  most: number,
): Promise<FoundConversation[]> {
  const { pool } = services.db;
  const { rows } = await pool.query<Row>(
    `SELECT ${COLUMNS} FROM conversations
     WHERE customer_name NOT LIKE 'sealed:%' AND to_tsvector('simple', customer_name) @@ to_tsquery('simple', $1)
     ORDER BY ${ORDER} LIMIT $2`,
    [words.map((word) => `'${word.replaceAll(/['\\]/g, ' ')}':*`).join(' & '), most],
  );
  const found = rows.map((row) => shown(services, row, true));
  if (services.config.DATA_ENCRYPTION_KEYS.length === 0) return found;
  const sealed = await pool.query<Row>(
    `SELECT ${COLUMNS} FROM conversations
     WHERE waiting_since IS NOT NULL AND customer_name LIKE 'sealed:%' ORDER BY due_at LIMIT ${MOST_OPENED}`,
  );
  const begins = words.map((word) => word.toLowerCase());
  return [
    ...found,
    ...sealed.rows
      .map((row) => shown(services, row, true))
      .filter(({ customerName }) => {
        const parts = (customerName ?? '').toLowerCase().split(/[\s.@_-]+/);
        return begins.every((word) => parts.some((part) => part.startsWith(word)));
      }),
  ].slice(0, most);
}

function shown({ config }: Services, row: Row, withNames: boolean): FoundConversation {
  const { key, account, conversation_id: conversationId, customer_name: name, status } = row;
  return {
    key,
    conversationId,
    customerName: withNames && name !== null ? openText(config.DATA_ENCRYPTION_KEYS, name, key) : null,
    status,
    waitingSince: row.waiting_since?.toISOString() ?? null,
    dueAt: row.waiting_since && (row.due_at?.toISOString() ?? null),
    assignee: withNames ? row.assignee_name : null,
    url: conversationUrl(config.connection?.chatwootUrl ?? null, account, conversationId),
  };
}
