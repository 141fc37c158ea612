import type pg from 'pg';
import type { Config } from '../../lib/settings/config.ts';
import { storableJson } from '../../lib/storable.ts';
import type { CustomerMessage } from './conversation-snapshot.ts';
import type { ToldReply } from './project-event.ts';
import { lockConversations, recomputeWaits } from './recompute-waits.server.ts';

/** The first times, whatever the order in which they are told. */
const EARLIEST = `
UPDATE conversations c SET
  first_reply_at = LEAST(c.first_reply_at, i.first_reply_at), resolved_at = LEAST(c.resolved_at, i.resolved_at)
FROM json_to_recordset($1::json) AS i(key text, first_reply_at timestamptz, resolved_at timestamptz)
WHERE c.key = i.key`;

const secondOf = (row: string) => `floor(extract(epoch FROM ${row}.at))`;

/**
 * The conversation's own list shows whole seconds, the message's own event milliseconds of the same one. Whether an answer
 * failed is said by the newest account; of two of one moment by the one that knows of it. What bears the number and was written
 * in a later second is another message: Chatwoot was put back from a backup.
 */
const REPLIES = `
INSERT INTO conversation_replies AS r (key, message_id, at, kind, by_name, failed, told_at)
SELECT DISTINCT ON (key, message_id) key, message_id, max(at) OVER same, kind, by_name, failed, told_at
FROM json_to_recordset($1::json) AS i(key text, message_id bigint, at timestamptz, kind text, by_name text,
  failed boolean, told_at double precision)
WINDOW same AS (PARTITION BY key, message_id)
ORDER BY key, message_id, told_at DESC, failed DESC
ON CONFLICT (key, message_id) DO UPDATE SET
  at = GREATEST(r.at, excluded.at), told_at = GREATEST(r.told_at, excluded.told_at),
  kind = CASE WHEN ${secondOf('excluded')} > ${secondOf('r')} THEN excluded.kind ELSE r.kind END,
  by_name = CASE WHEN ${secondOf('excluded')} > ${secondOf('r')} THEN excluded.by_name ELSE r.by_name END,
  failed = CASE WHEN ${secondOf('excluded')} > ${secondOf('r')} OR excluded.told_at > r.told_at THEN excluded.failed
    WHEN excluded.told_at = r.told_at THEN r.failed OR excluded.failed ELSE r.failed END
WHERE r.at < excluded.at OR r.told_at <= excluded.told_at`;

/** As with replies; what one account shows of an e-mail's header another may leave out. */
const CUSTOMER_MESSAGES = `
INSERT INTO customer_messages AS m (key, message_id, at, machine)
SELECT key, message_id, max(at), bool_or(machine)
FROM json_to_recordset($1::json) AS i(key text, message_id bigint, at timestamptz, machine boolean)
GROUP BY key, message_id ORDER BY key, message_id
ON CONFLICT (key, message_id) DO UPDATE SET at = GREATEST(m.at, excluded.at),
  machine = CASE WHEN ${secondOf('excluded')} > ${secondOf('m')} THEN excluded.machine ELSE m.machine OR excluded.machine END
WHERE m.at < excluded.at OR excluded.machine AND NOT m.machine AND ${secondOf('excluded')} = ${secondOf('m')}
RETURNING m.key, m.xmax <> 0 AS changed`;

interface ToldOfConversation {
  key: string;
  firstReplyAt?: Date | null;
  resolvedAt?: Date | null;
  replies: readonly ToldReply[];
  customerMessages: readonly CustomerMessage[];
}

/**
 * Writes messages and first times, in the caller's transaction; what follows from them is not recomputed.
 * @returns keys of conversations of which a customer's message is told otherwise than before
 */
export async function writeReplies(
  client: pg.ClientBase,
  conversations: readonly ToldOfConversation[],
): Promise<Set<string>> {
  const replies = conversations.flatMap(({ key, replies: all }) =>
    all.map(({ messageId, at, kind, byName, failed, toldAt }) => ({
      ...{ key, at, kind, failed },
      ...{ message_id: messageId, by_name: byName, told_at: toldAt },
    })),
  );
  if (replies.length > 0)
    await client.query({ name: 'waits-replies', text: REPLIES, values: [storableJson(replies)] });
  const written = conversations.flatMap(({ key, customerMessages }) =>
    customerMessages.map(({ messageId, at, machine }) => ({ key, message_id: messageId, at, machine })),
  );
  const { rows = [] } =
    written.length > 0
      ? await client.query<{ key: string; changed: boolean }>({
          name: 'waits-messages',
          text: CUSTOMER_MESSAGES,
          values: [storableJson(written)],
        })
      : {};
  const first = conversations.flatMap(({ key, firstReplyAt = null, resolvedAt = null }) =>
    firstReplyAt || resolvedAt ? [{ key, first_reply_at: firstReplyAt, resolved_at: resolvedAt }] : [],
  );
  if (first.length > 0)
    await client.query({ name: 'waits-earliest', text: EARLIEST, values: [storableJson(first)] });
  return new Set(rows.flatMap(({ key, changed }) => (changed ? [key] : [])));
}

/** Adds what the API says of one known conversation's messages, in the caller's transaction. */
export async function applyReplies(
  client: pg.ClientBase,
  config: Pick<Config, 'SLA_FIRST_RESPONSE'>,
  conversation: ToldOfConversation,
): Promise<void> {
  await lockConversations(client, [conversation.key]);
  await writeReplies(client, [conversation]);
  await recomputeWaits(client, [conversation.key], config.SLA_FIRST_RESPONSE / 1000);
}
