/** What an account webhook can subscribe to since long. */
const BASE = [
  'conversation_created',
  'conversation_status_changed',
  'conversation_updated',
  'message_created',
  'message_updated',
  'contact_created',
  'contact_updated',
  'webwidget_triggered',
];

const TYPING = ['conversation_typing_on', 'conversation_typing_off'];

/** Typing events exist since Chatwoot 4.2; one unknown event makes the whole call fail. */
const TYPING_SINCE = [4, 2];

/**
 * Events to subscribe to, all that a version knows but `inbox_*`, whose payload may hold providers' tokens.
 * @param version as `/api` tells it, e.g. `4.15.1`; null when unknown
 * @returns candidates in the order to try: the next one when Chatwoot calls an event invalid
 */
export function subscriptionsFor(version: string | null): string[][] {
  const [major = NaN, minor = NaN] = (version ?? '').split('.').map(Number);
  const knowsTyping =
    Number.isNaN(major) ||
    Number.isNaN(minor) ||
    major > TYPING_SINCE[0]! ||
    (major === 4 && minor >= TYPING_SINCE[1]!);
  const candidates = [BASE, BASE.filter((event) => !event.startsWith('contact_'))];
  return knowsTyping ? [[...BASE, ...TYPING], ...candidates] : candidates;
}
