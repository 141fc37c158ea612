import type pg from 'pg';
import type { Config } from '../../lib/config.ts';
import { storableJson } from '../../lib/storable.ts';
import type { PublicReply } from './public-reply.ts';
import { lockConversations, recomputeWaits } from './recompute-waits.server.ts';

/** The first times, whatever the order in which they are told. */
const EARLIEST = `
UPDATE conversations c SET
  first_message_at = LEAST(c.first_message_at, i.wrote_at),
  first_reply_at = LEAST(c.first_reply_at, i.first_reply_at)
FROM json_to_recordset($1::json) AS i(key text, wrote_at timestamptz, first_reply_at timestamptz)
WHERE c.key = i.key`;

/** The conversation's own list shows whole seconds, the message's own event milliseconds of the same one. */
const REPLIES = `
INSERT INTO conversation_replies AS r (key, message_id, at, kind, by_name)
SELECT DISTINCT ON (key, message_id) key, message_id, at, kind, by_name
FROM json_to_recordset($1::json) AS i(key text, message_id bigint, at timestamptz, kind text, by_name text)
ORDER BY key, message_id, at DESC
ON CONFLICT (key, message_id) DO UPDATE SET at = excluded.at WHERE r.at < excluded.at`;

interface KnownOfConversation {
  key: string;
  firstMessageAt: Date | null;
  firstReplyAt?: Date | null;
  replies: readonly PublicReply[];
}

/** Writes answers and first times, in the caller's transaction; what follows from them is not recomputed. */
export async function writeReplies(
  client: pg.ClientBase,
  conversations: readonly KnownOfConversation[],
): Promise<void> {
  const replies = conversations.flatMap(({ key, replies: all }) =>
    all.map(({ messageId, at, kind, byName }) => ({ key, message_id: messageId, at, kind, by_name: byName })),
  );
  if (replies.length > 0) await client.query(REPLIES, [storableJson(replies)]);
  const first = conversations.map(({ key, firstMessageAt, firstReplyAt }) => ({
    key,
    wrote_at: firstMessageAt,
    first_reply_at: firstReplyAt ?? null,
  }));
  await client.query(EARLIEST, [storableJson(first)]);
}

/** Adds what the API says of one known conversation's messages, in the caller's transaction. */
export async function applyReplies(
  client: pg.ClientBase,
  config: Pick<Config, 'SLA_FIRST_RESPONSE'>,
  conversation: KnownOfConversation,
): Promise<void> {
  await lockConversations(client, [conversation.key]);
  await writeReplies(client, [conversation]);
  await recomputeWaits(client, [conversation.key], config.SLA_FIRST_RESPONSE / 1000);
}
