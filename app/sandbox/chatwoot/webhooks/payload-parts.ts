import type {
  Account,
  Agent,
  Bot,
  Channel,
  Contact,
  Conversation,
  Inbox,
  Message,
  Place,
} from '../records.ts';

/** The objects that webhook payloads are made of. "Sender" and "person" are two shapes of the same record. */

/** Unix seconds as Chatwoot writes them: 0 for "never". */
export const unixSeconds = (at: number | null): number => (at === null ? 0 : Math.floor(at / 1000));
export const iso = (at: number): string => new Date(at).toISOString();
/** `updated_at` of a conversation: unix seconds with microseconds. */
const preciseSeconds = (at: number): number => Math.round(at * 1000) / 1_000_000;

const MESSAGE_TYPE_NUMBER = { incoming: 0, outgoing: 1, activity: 2, template: 3 } as const;
const BROWSER = {
  device_name: 'Unknown',
  browser_name: 'Firefox',
  platform_name: 'Linux',
  browser_version: '143.0',
  platform_version: '0',
};

/** A contact as the sender of a message and in contact events. It has no `type`. */
export function contactSender(account: Account, contact: Contact) {
  return {
    account,
    additional_attributes: contact.additionalAttributes ?? {},
    avatar: '',
    custom_attributes: contact.customAttributes,
    email: contact.email,
    id: contact.id,
    identifier: contact.identifier ?? null,
    name: contact.name,
    phone_number: contact.phoneNumber,
    thumbnail: '',
    blocked: contact.blocked ?? false,
  };
}

/** A contact in `meta.sender` and in `messages[].sender`. */
export function contactPerson(contact: Contact) {
  return {
    additional_attributes: contact.additionalAttributes ?? {},
    custom_attributes: contact.customAttributes,
    email: contact.email,
    id: contact.id,
    identifier: contact.identifier ?? null,
    name: contact.name,
    phone_number: contact.phoneNumber,
    thumbnail: '',
    blocked: contact.blocked ?? false,
    type: 'contact',
  };
}

export function messageSender(account: Account, sender: Message['sender']) {
  if (sender === null) return null;
  if (sender.kind === 'contact') return contactSender(account, sender);
  if (sender.kind === 'bot') return { id: sender.id, name: sender.name, type: 'agent_bot' };
  return { id: sender.id, name: sender.name, email: sender.email, type: 'user' };
}

export function person(sender: Contact | Agent | Bot) {
  if (sender.kind === 'contact') return contactPerson(sender);
  if (sender.kind === 'bot') {
    return { id: sender.id, name: sender.name, avatar_url: '', type: 'agent_bot' };
  }
  return {
    id: sender.id,
    name: sender.name,
    available_name: sender.availableName,
    avatar_url: '',
    type: 'user',
    availability_status: sender.availability ?? 'online',
    thumbnail: '',
  };
}

const SENDER_TYPE = { contact: 'Contact', agent: 'User', bot: 'AgentBot' } as const;

/** A message inside a conversation's `messages`: type and `created_at` are numbers, `updated_at` is ISO. */
export function innerMessage({ account, inbox }: Place, conversation: Conversation, message: Message) {
  const { sender } = message;
  return {
    id: message.id,
    content: message.content,
    account_id: account.id,
    inbox_id: inbox.id,
    conversation_id: conversation.id,
    message_type: MESSAGE_TYPE_NUMBER[message.type],
    created_at: unixSeconds(message.createdAt),
    updated_at: iso(message.updatedAt ?? message.createdAt),
    private: message.private,
    status: message.status ?? 'sent',
    source_id: message.sourceId,
    content_type: message.contentType ?? 'text',
    content_attributes: message.contentAttributes,
    sender_type: sender && SENDER_TYPE[sender.kind],
    sender_id: sender?.id ?? null,
    external_source_ids: {},
    additional_attributes: message.additionalAttributes ?? {},
    processed_message_content: message.content,
    sentiment: {},
    conversation: {
      assignee_id: conversation.assignee?.kind === 'agent' ? conversation.assignee.id : null,
      unread_count: conversation.unreadCount,
      last_activity_at: unixSeconds(conversation.lastActivityAt),
      contact_inbox: { source_id: conversation.contactInbox.sourceId },
    },
    ...(sender && { sender: person(sender) }),
  };
}

/** A conversation in a webhook; `messages` holds the last public message, if there is one. */
export function webhookConversation(place: Place, conversation: Conversation) {
  const { contact, contactInbox, assignee } = conversation;
  const last = conversation.messages.findLast((message) => !message.private && message.type !== 'activity');
  return {
    additional_attributes: conversation.additionalAttributes ?? ofChannel(place.inbox, conversation),
    can_reply: true,
    channel: channelOf(place.inbox),
    contact_inbox: {
      id: contactInbox.id,
      contact_id: contact.id,
      inbox_id: place.inbox.id,
      source_id: contactInbox.sourceId,
      created_at: iso(conversation.createdAt),
      updated_at: iso(conversation.createdAt),
      hmac_verified: false,
      pubsub_token: contactInbox.pubsubToken,
    },
    id: conversation.id,
    inbox_id: place.inbox.id,
    messages: last ? [innerMessage(place, conversation, last)] : [],
    labels: conversation.labels,
    meta: {
      sender: contactPerson(contact),
      assignee: assignee && person(assignee),
      assignee_type: assignee && SENDER_TYPE[assignee.kind],
      team: conversation.team ?? null,
      hmac_verified: false,
    },
    status: conversation.status,
    custom_attributes: conversation.customAttributes ?? {},
    snoozed_until: conversation.snoozedUntil ? iso(conversation.snoozedUntil) : null,
    unread_count: conversation.unreadCount,
    first_reply_created_at: conversation.firstReplyAt === null ? null : iso(conversation.firstReplyAt),
    priority: conversation.priority ?? null,
    waiting_since: unixSeconds(conversation.waitingSince),
    agent_last_seen_at: unixSeconds(conversation.agentLastSeenAt),
    contact_last_seen_at: unixSeconds(conversation.contactLastSeenAt),
    last_activity_at: unixSeconds(conversation.lastActivityAt),
    timestamp: unixSeconds(conversation.lastActivityAt),
    created_at: unixSeconds(conversation.createdAt),
    updated_at: preciseSeconds(conversation.updatedAt),
    account: place.account,
    ...(conversation.slaPolicyId !== undefined && { sla_policy_id: conversation.slaPolicyId }),
  };
}

const ofChannel = (inbox: Inbox, { createdAt }: Conversation) =>
  channelOf(inbox) === 'Channel::WebWidget'
    ? {
        browser: BROWSER,
        referer: 'https://shop.example.com/cart',
        initiated_at: { timestamp: new Date(createdAt).toUTCString() },
        browser_language: 'en',
      }
    : {};

const CHANNELS: Record<Channel, string> = {
  widget: 'Channel::WebWidget',
  api: 'Channel::Api',
  email: 'Channel::Email',
  whatsapp: 'Channel::Whatsapp',
};

export const channelOf = ({ api, channel = api ? 'api' : 'widget' }: Inbox) => CHANNELS[channel];

/** An inbox in a payload: what else is known of it is a secret. */
export const inboxName = ({ id, name }: Inbox) => ({ id, name });

/** The browser that the widget reports. */
export const widgetBrowser = () => ({ ...BROWSER });

/** The characters that Rails escapes inside JSON, though JSON does not ask for it. */
const ESCAPED = /[<>&\u2028\u2029]/g;

/**
 * JSON text as Rails' `to_json` writes it: `<`, `>`, `&`, U+2028 and U+2029 as `\uXXXX`. So parsing and
 * re-serialising a webhook does not give back the bytes that were signed.
 */
export function railsJson(value: unknown): string {
  return JSON.stringify(value).replace(
    ESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
