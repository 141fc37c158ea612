import type { Inbox } from './records.ts';
import { SUBSCRIBABLE_EVENTS } from './version.ts';
import type { Webhook } from './webhook-request.ts';

/**
 * Who gets the events of an inbox's conversations without asking: the API inbox's own address, signed with the inbox's own
 * secret. It is no row of the account's webhooks.
 * @param inbox null for what belongs to no inbox
 */
export function inboxHooks(inbox: Inbox | null): Webhook[] {
  if (!inbox?.api?.webhookUrl) return [];
  const { webhookUrl: url, secret } = inbox.api;
  const events = SUBSCRIBABLE_EVENTS.filter((event) => !/^(contact|inbox)_/.test(event));
  return [{ id: -inbox.id, name: inbox.name, url, secret, subscriptions: events, of: 'inbox' }];
}
