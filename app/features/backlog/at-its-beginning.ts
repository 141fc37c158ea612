/** Chatwoot makes a conversation, sets `waiting_since` to that, in whole seconds, and then adds the message that it begins with. */
export const AT_ITS_BEGINNING_MS = 5000;
