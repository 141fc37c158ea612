import {
  fieldOf,
  isRecord,
  numberOf,
  recordOf,
  textOf,
  type JsonRecord,
} from '../../../lib/chatwoot/read-json.ts';
import { chatwootTime } from '../../../lib/chatwoot/time.ts';

/** What webhooks name and the conversations' API does not. */
export interface ChatwootNames {
  /** The account's; empty when it is not known. */
  account: string;
  /** By number. */
  inboxes: Record<string, string>;
}

const TYPES = ['incoming', 'outgoing', 'activity', 'template'];
/** What only the API's conversation has. */
const ONLY_IN_API = [
  'account_id',
  'uuid',
  'muted',
  'assignee_last_seen_at',
  'last_non_activity_message',
  'messages',
  'meta',
  'first_reply_created_at',
];

/**
 * The `message_created` webhook that was lost, made of what the REST API says, in the shape of Chatwoot 4.15 and later.
 * Like the real one it shows the conversation as it is when the webhook is made. What the API does not tell is null: the
 * sender's e-mail address of an agent, the database row of the contact's inbox but for its ids; times have whole seconds.
 */
export function lostWebhook(input: {
  accountId: string;
  names: ChatwootNames;
  /** All as the API shows them. */
  message: JsonRecord;
  conversation: JsonRecord;
  /** Of the conversation, ascending: the last public one is shown inside it. */
  messages: readonly JsonRecord[];
}): JsonRecord {
  const { message, names } = input;
  const account = { id: Number(input.accountId), name: names.account };
  const inboxId = numberOf(message.inbox_id) ?? numberOf(input.conversation.inbox_id);
  return {
    account,
    additional_attributes: recordOf(message.additional_attributes),
    content_attributes: recordOf(message.content_attributes),
    content_type: textOf(message.content_type) ?? 'text',
    content: textOf(message.content),
    conversation: conversationOf(input, account),
    created_at: isoOf(message.created_at),
    id: message.id,
    inbox: { id: inboxId, name: names.inboxes[String(inboxId)] ?? '' },
    message_type: TYPES[numberOf(message.message_type) ?? -1] ?? 'incoming',
    private: message.private === true,
    sender: senderOf(message.sender, account),
    source_id: textOf(message.source_id),
    ...(Array.isArray(message.attachments) && { attachments: message.attachments as unknown[] }),
    event: 'message_created',
  };
}

function conversationOf(
  { conversation, messages }: Parameters<typeof lostWebhook>[0],
  account: { id: number; name: string },
): JsonRecord {
  const shared = Object.fromEntries(
    Object.entries(conversation).filter(([name]) => !ONLY_IN_API.includes(name)),
  );
  const { channel: _channel, assignee, team, ...meta } = recordOf(conversation.meta);
  const contactId = fieldOf(meta.sender, 'id');
  const last = messages.findLast((message) => message.private !== true && message.message_type !== 2);
  return {
    ...shared,
    contact_inbox: { contact_id: contactId ?? null, inbox_id: conversation.inbox_id ?? null },
    messages: last ? [innerOf(last, account.id)] : [],
    meta: {
      ...meta,
      assignee: assignee ?? null,
      assignee_type: meta.assignee_type ?? (isRecord(assignee) ? 'User' : null),
      team: team ?? null,
    },
    first_reply_created_at: isoOf(conversation.first_reply_created_at),
    account,
  };
}

/** Inside a conversation, type and `created_at` stay numbers, `updated_at` is ISO. */
const innerOf = (message: JsonRecord, accountId: number): JsonRecord => ({
  account_id: accountId,
  ...message,
  updated_at: isoOf(message.updated_at ?? message.created_at),
});

/** As a message's sender a contact has no `type`, and an agent fewer fields than elsewhere. */
function senderOf(sender: unknown, account: JsonRecord): JsonRecord | null {
  if (!isRecord(sender)) return null;
  const { id, name, type } = sender;
  if (type === 'user') return { id, name, email: textOf(sender.email), type };
  if (type === 'agent_bot' || type === 'captain_assistant') return { id, name, type };
  const { type: _type, ...contact } = sender;
  return { account, avatar: textOf(sender.thumbnail) ?? '', ...contact };
}

const isoOf = (time: unknown): string | null => chatwootTime(time)?.toISOString() ?? null;

/** Names of inboxes by number, as the API lists them. */
export const inboxNames = (inboxes: readonly { id: number; name: string }[]): Record<string, string> =>
  Object.fromEntries(inboxes.map(({ id, name }) => [String(id), name]));
