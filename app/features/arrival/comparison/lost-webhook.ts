import { chatwootTime, compareIds, type ExactId, exactId } from '../../../lib/chatwoot/chatwoot-values.ts';
import { fieldOf, isRecord, type JsonRecord, listOf, numberOf, recordOf, textOf } from '../../../lib/json.ts';

/** What webhooks name and the conversations' API does not. */
export interface ChatwootNames {
  /** The account's; empty when it is not known. */
  account: string;
  /** By number. */
  inboxes: Record<string, string>;
}

/** All as the API shows them. */
export interface FoundMessage {
  accountId: string;
  names: ChatwootNames;
  message: JsonRecord;
  conversation: JsonRecord;
  /** Of the conversation, ascending. */
  messages: readonly JsonRecord[];
  /** The contact's inbox as an earlier webhook of the conversation showed it; null: there was none. */
  contactInbox: JsonRecord | null;
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
/** What only the API tells of a person. */
const ONLY_OF_PEOPLE_IN_API = ['availability_status', 'last_activity_at', 'created_at', 'company_id'];

/**
 * The `message_created` webhook that was lost, made of what the REST API says, in the shape of Chatwoot 4.15 and later.
 * The conversation is as it is now, with the message itself inside, as it was when its webhook was sent. What the API does
 * not tell is null: an agent's e-mail address, and of the contact's inbox whatever no earlier webhook told; times have
 * whole seconds.
 */
export function lostWebhook(input: FoundMessage): JsonRecord {
  const { message, names } = input;
  const account = accountOf(input);
  const inboxId = exactId(message.inbox_id) ?? exactId(input.conversation.inbox_id);
  return {
    account,
    additional_attributes: recordOf(message.additional_attributes),
    content_attributes: recordOf(message.content_attributes),
    content_type: textOf(message.content_type) ?? 'text',
    content: textOf(message.content),
    conversation: conversationOf(input),
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

/** The `conversation_created` of a conversation that began while webhooks did not arrive, with its first message. */
export const lostConversation = (input: FoundMessage): JsonRecord => ({
  ...conversationOf(input),
  event: 'conversation_created',
});

const accountOf = ({ accountId, names }: FoundMessage) => ({ id: exactId(accountId), name: names.account });

function conversationOf(input: FoundMessage): JsonRecord {
  const { conversation, message, messages } = input;
  const account = accountOf(input);
  const shared = Object.fromEntries(
    Object.entries(conversation).filter(
      // The API tells of a policy also where there is none; the webhook then has no such key.
      ([name, value]) => !ONLY_IN_API.includes(name) && !(name === 'sla_policy_id' && value === null),
    ),
  );
  const { channel, assignee, team, ...meta } = recordOf(conversation.meta);
  const contactInbox = contactInboxOf(input);
  // A note is not shown inside; the public message before it is.
  const shown = messages.findLast(
    (one) =>
      one.private !== true &&
      one.message_type !== 2 &&
      compareIds(exactId(one.id) ?? 0, exactId(message.id) ?? 0) <= 0,
  );
  return {
    ...shared,
    channel: textOf(channel),
    contact_inbox: contactInbox,
    messages: shown ? [innerOf(shown, input, contactInbox)] : [],
    meta: {
      ...meta,
      sender: contactOf(meta.sender),
      assignee: personOf(assignee),
      assignee_type: meta.assignee_type ?? (isRecord(assignee) ? 'User' : null),
      team: team ?? null,
    },
    first_reply_created_at: isoOf(conversation.first_reply_created_at),
    account,
  };
}

/** The row that ties the contact to the inbox: as an earlier webhook showed it, else as far as the API tells. */
function contactInboxOf({ conversation, contactInbox }: FoundMessage): JsonRecord {
  if (contactInbox) return contactInbox;
  const inner = [
    conversation.last_non_activity_message,
    ...(listOf(conversation.messages, (one) => one) ?? []),
  ];
  const sourceId = inner
    .map((one) => textOf(fieldOf(fieldOf(fieldOf(one, 'conversation'), 'contact_inbox'), 'source_id')))
    .find((id) => id !== null);
  const meta = recordOf(conversation.meta);
  return {
    id: null,
    contact_id: fieldOf(meta.sender, 'id') ?? null,
    inbox_id: conversation.inbox_id ?? null,
    source_id: sourceId ?? null,
    created_at: null,
    updated_at: null,
    hmac_verified: meta.hmac_verified === true,
    pubsub_token: null,
  };
}

/** Inside a conversation, type and `created_at` stay numbers, `updated_at` is ISO. */
function innerOf(
  message: JsonRecord,
  { conversation, accountId }: FoundMessage,
  contactInbox: JsonRecord,
): JsonRecord {
  const { sender } = message;
  return {
    account_id: exactId(accountId),
    sender_type: isRecord(sender) ? (SENDER_TYPES[textOf(sender.type) ?? 'contact'] ?? 'Contact') : null,
    sender_id: fieldOf(sender, 'id') ?? null,
    external_source_ids: {},
    additional_attributes: {},
    processed_message_content: textOf(message.content),
    sentiment: {},
    conversation: {
      assignee_id: fieldOf(recordOf(conversation.meta).assignee, 'id') ?? null,
      unread_count: conversation.unread_count ?? 0,
      last_activity_at: conversation.last_activity_at ?? null,
      contact_inbox: { source_id: contactInbox.source_id ?? null },
    },
    ...message,
    updated_at: isoOf(message.updated_at ?? message.created_at),
  };
}

const SENDER_TYPES: Record<string, string> = {
  contact: 'Contact',
  user: 'User',
  agent_bot: 'AgentBot',
  captain_assistant: 'Captain::Assistant',
};

/** A contact as webhooks show it, of what the API's conversation tells. */
function contactOf(sender: unknown): JsonRecord | null {
  if (!isRecord(sender)) return null;
  const kept = Object.entries(sender).filter(([name]) => !ONLY_OF_PEOPLE_IN_API.includes(name));
  return { ...Object.fromEntries(kept), type: 'contact' };
}

/** An agent as webhooks show one: without the e-mail address. Bots are the same in both. */
function personOf(assignee: unknown): JsonRecord | null {
  if (!isRecord(assignee) || textOf(assignee.type) === 'agent_bot')
    return isRecord(assignee) ? assignee : null;
  const { id, name, available_name, availability_status, thumbnail } = assignee;
  const avatar = textOf(thumbnail) ?? '';
  return {
    id,
    name,
    available_name,
    avatar_url: avatar,
    type: 'user',
    availability_status,
    thumbnail: avatar,
  };
}

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
export const inboxNames = (inboxes: readonly { id: ExactId; name: string }[]): Record<string, string> =>
  Object.fromEntries(inboxes.map(({ id, name }) => [String(id), name]));

/** A comparison that runs, as its row says. */
export interface ComparisonRun {
  id: number;
  /** By our clock. */
  since: Date;
  until: Date;
  cause: 'clock' | 'recovery' | 'person';
  /** Down to where the list is read; by our clock. */
  list_since: Date;
  /** When the first pass of that began. */
  list_began_at: Date;
  listed_at: Date | null;
  /** Null until a page is read. */
  names: ChatwootNames | null;
  page: number;
  pass: number;
  all_count: number | null;
  bad_pages: number;
  /** Of a gap: it looks at nothing else. */
  urgent: boolean;
}

export const RUN_COLUMNS = `
  id, since, until, cause, COALESCE(list_since, since) AS list_since,
  COALESCE(list_began_at, started_at) AS list_began_at, listed_at, NULLIF(names, '{}') AS names, page, pass, all_count, bad_pages, urgent`;
