import { visible } from '../../lib/visible.ts';

/** Chatwoot's events in words; an event that is not listed, whatever somebody called it, shows as it is. */
const EVENTS: Record<string, string> = {
  message_created: 'New message',
  message_updated: 'Message changed',
  conversation_created: 'New conversation',
  conversation_updated: 'Conversation changed',
  conversation_status_changed: 'Conversation status changed',
  conversation_opened: 'Conversation opened',
  conversation_resolved: 'Conversation resolved',
  conversation_typing_on: 'Someone is typing',
  conversation_typing_off: 'Someone stopped typing',
  contact_created: 'New contact',
  contact_updated: 'Contact changed',
  webwidget_triggered: 'Chat widget opened',
};

export function eventWords(event: string): string {
  return Object.hasOwn(EVENTS, event) ? EVENTS[event]! : visible(event).replaceAll('_', ' ');
}

/** What stopped a delivery, for people first; the code stands in brackets where one was seen. */
const CAUSES: Record<string, string> = {
  dns: 'The Agent service’s name was not found',
  refused: 'The Agent service refused the connection',
  tls: 'No secure connection to the Agent service',
  reset: 'The Agent service broke the connection',
  timeout: 'The Agent service did not answer in time',
  web_page: 'A web page came in place of the Agent service’s answer',
  http_3xx: 'The Agent service sent us elsewhere',
  http_4xx: 'The Agent service rejected it',
  http_408: 'The Agent service gave up waiting',
  http_425: 'The Agent service was not ready',
  http_429: 'The Agent service was asked too much at once',
  http_5xx: 'The Agent service failed',
  interrupted: 'Our own worker stopped in the middle',
};

export function causeWords(errorClass: string | null, status: number | null): string {
  if (errorClass === null) return 'Unknown cause';
  const words = Object.hasOwn(CAUSES, errorClass)
    ? CAUSES[errorClass]!
    : visible(errorClass).replaceAll('_', ' ');
  return status === null ? words : `${words} (${status})`;
}

/** Outcome of one attempt, short. */
export function outcomeWords(outcome: string, status: number | null): string {
  if (outcome === 'ok') return status === null ? 'Delivered' : `Delivered (${status})`;
  return causeWords(outcome, status);
}

/** Who wrote it: by name where Chatwoot told it, else by number. */
export function customerWords({
  customer,
  customerName,
}: {
  customer: string | null;
  customerName: string | null;
}): string {
  if (customerName) return customerName;
  return customer === null ? 'Unknown customer' : `Customer ${customer.split(':').at(-1)}`;
}
