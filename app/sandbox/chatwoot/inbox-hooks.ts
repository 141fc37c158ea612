import type { Bot, Inbox } from './records.ts';
import { SUBSCRIBABLE_EVENTS } from './version.ts';
import type { Webhook } from './webhook-request.ts';

/** Since 4.13 status changes and changed attributes reach bots; never conversation_created, contacts or typing. */
const BOT_EVENTS = [
  'message_created',
  'message_updated',
  'conversation_status_changed',
  'conversation_updated',
  'webwidget_triggered',
];

/**
 * Who gets the events of an inbox's conversations without asking: the API inbox's own address, signed with the inbox's own
 * secret, and the inbox's bot. They are no rows of the account's webhooks.
 * @param inbox null for what belongs to no inbox
 */
export function hooksOfInbox(inbox: Inbox | null): Webhook[] {
  if (!inbox) return [];
  return [...ownHook(inbox), ...(inbox.bot ? botHook(inbox.bot) : [])];
}

function ownHook({ id, name, api }: Inbox): Webhook[] {
  if (!api?.webhookUrl) return [];
  const events = SUBSCRIBABLE_EVENTS.filter((event) => !/^(contact|inbox)_/.test(event));
  return [{ id: -id, name, url: api.webhookUrl, secret: api.secret, subscriptions: events, of: 'inbox' }];
}

function botHook({ id, name, outgoingUrl, secret = '' }: Bot): Webhook[] {
  if (!outgoingUrl) return [];
  return [{ id: -id, name, url: outgoingUrl, secret, subscriptions: BOT_EVENTS, of: 'bot' }];
}
