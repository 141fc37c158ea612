import type pg from 'pg';
import { openBody } from '../../lib/body-cipher.server.ts';
import { type JsonRecord, fieldOf, isRecord, listOf, parseExact } from '../../lib/json.ts';
import type { Services } from '../../lib/services.server.ts';
import type { EncryptionKey } from '../../lib/settings/config.ts';
import { type MessageIdentity, messageIdentity } from './event-identity.ts';

/**
 * What Chatwoot told of a message after it was written. `unknown`: it was changed, and what was told can no longer be read,
 * so it may have been deleted.
 */
type Deletion = 'deleted' | 'unknown' | null;

/** Changes of one message that are read: its deletion is the last of them, or followed by others that say so too. */
const MOST_CHANGES = 20;
/** A change carries the last message of its conversation, which can be a long e-mail. */
const MOST_BYTES_OF_CHANGE = 2 * 1024 * 1024;

/** Whether a message says of itself that it was deleted: Chatwoot has put words of its own in place of the text. */
export const saysDeleted = (message: JsonRecord): boolean =>
  fieldOf(message.content_attributes, 'deleted') === true;

/**
 * Whether messages were deleted in Chatwoot since, by what its webhooks told: looked up when a page is read, along the index of
 * the conversation.
 * @param messages each with the key of its conversation
 * @returns one for each message
 */
export async function readDeletions(
  { db, config }: Pick<Services, 'db' | 'config'>,
  messages: readonly (MessageIdentity & { key: string })[],
): Promise<Deletion[]> {
  if (messages.length === 0) return [];
  const { rows } = await db.pool.query<{ nth: number; seq: number }>(
    `SELECT m.nth, u.seq FROM unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS m(key, id, second, nth)
     CROSS JOIN LATERAL (
       SELECT seq FROM deliveries d WHERE d.conversation_key = m.key AND d.event = 'message_updated'
         AND d.message_id = m.id AND d.message_at = to_timestamp(m.second)
       ORDER BY seq DESC LIMIT ${MOST_CHANGES}) u`,
    [messages.map(({ key }) => key), messages.map(({ id }) => id), messages.map((one) => one.createdSecond)],
  );
  const seqs = rows.map(({ seq }) => seq);
  const bodies = await readBodies(db.pool, config.DATA_ENCRYPTION_KEYS, seqs, MOST_BYTES_OF_CHANGE);
  const told = messages.map((): Deletion => null);
  for (const { nth, seq } of rows) {
    const change = bodies.get(seq);
    if (change && saysDeleted(change)) told[nth - 1] = 'deleted';
    else if (!change) told[nth - 1] ??= 'unknown';
  }
  return told;
}

/** Whether any message whose words stand in a webhook was deleted since: its own, or one inside its conversation. */
export async function readDeletionIn(
  services: Pick<Services, 'db' | 'config'>,
  key: string,
  payload: unknown,
): Promise<Deletion> {
  const told = await readDeletions(
    services,
    messagesIn(payload).map((message) => ({ key, ...message })),
  );
  return told.find((one) => one === 'deleted') ?? told.find((one) => one !== null) ?? null;
}

function messagesIn(payload: unknown): MessageIdentity[] {
  if (!isRecord(payload)) return [];
  const conversations = [payload, payload.conversation, payload.current_conversation];
  const inside = conversations.flatMap((one) => listOf(fieldOf(one, 'messages'), (message) => message) ?? []);
  const isMessage = typeof payload.event === 'string' && payload.event.startsWith('message_');
  return [...(isMessage ? [payload] : []), ...inside].flatMap((message) =>
    isRecord(message) && !saysDeleted(message) ? (messageIdentity(message) ?? []) : [],
  );
}

/** A page reads no larger ones: they carry a mail's whole thread, and there are many on it. */
const MOST_BYTES = 256 * 1024;

/**
 * What was received, by the event's number. Left out: what was removed after the retention time, is larger than `mostBytes`, or
 * cannot be opened with the keys that are configured.
 * @param mostBytes 256 KB when left out
 */
export async function readBodies(
  pool: pg.Pool,
  keys: readonly EncryptionKey[],
  seqs: readonly number[],
  mostBytes = MOST_BYTES,
): Promise<Map<number, JsonRecord>> {
  if (seqs.length === 0) return new Map();
  const { rows } = await pool.query<{ seq: number; eventId: string; body: Buffer }>(
    `SELECT seq, event_id AS "eventId", body FROM webhook_events
     WHERE seq = ANY($1::bigint[]) AND octet_length(body) <= $2`,
    [seqs, mostBytes],
  );
  return new Map(
    rows.flatMap(({ seq, eventId, body }) => {
      const opened = openBody(keys, body, eventId);
      if (opened.outcome !== 'open') return [];
      // Intake stored only what it could parse; a byte order mark before it is allowed.
      return [[seq, parseExact(opened.body.toString('utf8').replace(/^\uFEFF/, '')) as JsonRecord] as const];
    }),
  );
}
