import { createHmac, randomInt, randomUUID } from 'node:crypto';
import { alphanumerics } from '../../random.ts';
import type { Change, Contact, Conversation, Message, Place } from '../records.ts';
import type { Version } from '../version.ts';
import {
  contactSender,
  inboxName,
  iso,
  messageSender,
  webhookConversation,
  widgetBrowser,
} from './payload-parts.ts';

/**
 * Webhook payloads as Chatwoot 4.15 to 4.17 sends them: flat, no wrapper, `event` near the end. Each builder shows
 * the state of the records when it is called; `railsJson` makes the bytes.
 */
export type WebhookPayload = Record<string, unknown> & { event: string };

export const messageCreated = (place: Place, conversation: Conversation, message: Message): WebhookPayload =>
  messageEvent(place, conversation, message, 'message_created');

/** Has no `changed_attributes` and no status, like the real one. */
export const messageUpdated = (place: Place, conversation: Conversation, message: Message): WebhookPayload =>
  messageEvent(place, conversation, message, 'message_updated');

function messageEvent(place: Place, conversation: Conversation, message: Message, event: string) {
  return {
    account: place.account,
    additional_attributes: message.additionalAttributes ?? {},
    content_attributes: message.contentAttributes,
    content_type: message.contentType ?? 'text',
    content: message.content,
    conversation: webhookConversation(place, conversation),
    created_at: iso(message.createdAt),
    id: message.id,
    inbox: inboxName(place.inbox),
    message_type: message.type,
    private: message.private,
    sender: messageSender(place.account, message.sender),
    source_id: message.sourceId,
    event,
  };
}

export const conversationCreated = (place: Place, conversation: Conversation): WebhookPayload => ({
  ...webhookConversation(place, conversation),
  event: 'conversation_created',
});

export const conversationUpdated = (
  place: Place,
  conversation: Conversation,
  changes: Change[] | null,
): WebhookPayload => ({
  ...webhookConversation(place, conversation),
  event: 'conversation_updated',
  changed_attributes: changes,
});

/** `changed_attributes` is null: the old status is only in the conversation_updated that comes with it. */
export const conversationStatusChanged = (place: Place, conversation: Conversation): WebhookPayload => ({
  ...webhookConversation(place, conversation),
  event: 'conversation_status_changed',
  changed_attributes: null,
});

export const conversationTyping = (
  place: Place,
  conversation: Conversation,
  state: 'on' | 'off',
): WebhookPayload => ({
  event: `conversation_typing_${state}`,
  user: contactSender(place.account, conversation.contact),
  conversation: webhookConversation(place, conversation),
  is_private: false,
});

export const contactCreated = (place: Place, contact: Contact): WebhookPayload => ({
  ...contactSender(place.account, contact),
  event: 'contact_created',
});

export const contactUpdated = (place: Place, contact: Contact, changes: Change[]): WebhookPayload => ({
  ...contactSender(place.account, contact),
  event: 'contact_updated',
  changed_attributes: changes,
});

/** Top-level `id` is the contact inbox's. */
export const webwidgetTriggered = (
  place: Place,
  visitor: { contact: Contact; contactInboxId: number; sourceId: string },
  current: Conversation | null,
): WebhookPayload => ({
  id: visitor.contactInboxId,
  contact: contactSender(place.account, visitor.contact),
  inbox: inboxName(place.inbox),
  account: place.account,
  current_conversation: current && webhookConversation(place, current),
  source_id: visitor.sourceId,
  event: 'webwidget_triggered',
  event_info: {
    referer: 'https://shop.example.com/cart',
    widget_language: null,
    browser_language: 'en',
    browser: widgetBrowser(),
  },
});

/** `changed_attributes` entry of one attribute. */
export const change = (attribute: string, previous: unknown, current: unknown): Change => ({
  [attribute]: { previous_value: previous, current_value: current },
});

/** The columns of Chatwoot's tables, as far as changes are told; `changed_attributes` keeps their order. */
const COLUMNS = [
  ...['name', 'email', 'phone_number', 'status', 'assignee_id', 'updated_at', 'display_id', 'contact_type'],
  ...['snoozed_until', 'custom_attributes', 'last_activity_at', 'team_id', 'first_reply_created_at'],
  ...['priority', 'waiting_since', 'cached_label_list', 'label_list'],
];

export function inColumnOrder(changes: Change[]): Change[] {
  const rank = (entry: Change) => COLUMNS.indexOf(Object.keys(entry)[0] ?? '');
  return [...changes].sort((a, b) => rank(a) - rank(b));
}

/** The entry that every update carries: `updated_at` in ISO. */
export const updatedAtChange = (previous: number, current: number): Change =>
  change('updated_at', iso(previous), iso(current));

export interface Webhook {
  id: number;
  name: string | null;
  url: string;
  subscriptions: string[];
  /** 24 alphanumerics made by Chatwoot; the API cannot set it. */
  secret: string;
  /** Account webhooks are signed since 4.12, the two others since 4.13. */
  of?: 'account' | 'inbox' | 'bot';
}

export interface WebhookHead {
  /** Null before deliveries had ids. */
  deliveryId: string | null;
  headers: Record<string, string>;
}

/** @param seconds the sender's clock, unix seconds */
export function webhookHead(hook: Webhook, body: string, version: Version, seconds: number): WebhookHead {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': version.atLeast('4.14.0') ? 'Ruby' : 'rest-client/2.1.0 (linux x86_64) ruby/3.3.3p89',
  };
  const signedSince = (hook.of ?? 'account') === 'account' ? '4.12.0' : '4.13.0';
  if (!version.atLeast(signedSince)) return { deliveryId: null, headers };
  const deliveryId = randomUUID();
  const timestamp = String(seconds);
  return {
    deliveryId,
    headers: {
      ...headers,
      'x-chatwoot-delivery': deliveryId,
      'x-chatwoot-timestamp': timestamp,
      'x-chatwoot-signature': chatwootSignature(hook.secret, timestamp, body),
    },
  };
}

/**
 * `X-Chatwoot-Signature` of a webhook: HMAC-SHA256 over `timestamp.body`, keyed with the secret's text as shown.
 * @param timestamp unix seconds, the text of `X-Chatwoot-Timestamp`
 */
export function chatwootSignature(secret: string, timestamp: string, body: string | Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`;
}

/** A secret as Chatwoot's has_secure_token makes it. */
export const newSecret = (): string => alphanumerics(() => randomInt(2 ** 32) / 2 ** 32, 24);
