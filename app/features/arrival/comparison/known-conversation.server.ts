import type pg from 'pg';
import { openBody } from '../../../lib/body-cipher.server.ts';
import { fieldOf, isRecord, type JsonRecord } from '../../../lib/chatwoot/read-json.ts';
import type { Config } from '../../../lib/config.ts';

/** What earlier webhooks told of a conversation. */
export interface KnownConversation {
  /** Its `conversation_created` came. */
  created: boolean;
  /** The database row that ties its contact to its inbox; the API does not show it. */
  contactInbox: JsonRecord | null;
}

/** @param key `<account>:<conversation id>` */
export async function readKnownConversation(
  pool: pg.Pool,
  config: Config,
  key: string,
): Promise<KnownConversation> {
  const { rows } = await pool.query<{ event_id: string; body: Buffer | null; created: boolean }>(
    `SELECT e.event_id, e.body, EXISTS (
       SELECT FROM deliveries c WHERE c.conversation_key = $1 AND c.event = 'conversation_created') AS created
     FROM deliveries d JOIN webhook_events e USING (seq)
     WHERE d.conversation_key = $1 AND d.event ~ '^(message_created|conversation_(created|updated|status_changed))$'
     ORDER BY (e.source = 'webhook') DESC, seq DESC LIMIT 1`,
    [key],
  );
  const [row] = rows;
  if (!row) return { created: false, contactInbox: null };
  return { created: row.created, contactInbox: row.body && contactInboxIn(config, row.event_id, row.body) };
}

function contactInboxIn(config: Config, eventId: string, body: Buffer): JsonRecord | null {
  const opened = openBody(config.DATA_ENCRYPTION_KEYS, Buffer.from(body), eventId);
  if (opened.outcome !== 'open') return null;
  const payload: unknown = JSON.parse(opened.body.toString('utf8').replace(/^\uFEFF/, ''));
  const found =
    fieldOf(fieldOf(payload, 'conversation'), 'contact_inbox') ?? fieldOf(payload, 'contact_inbox');
  return isRecord(found) ? found : null;
}
