import { createHmac } from 'node:crypto';
import { exampleMessageBody } from '../support/examples.ts';

/** Bytes of a body, about what Chatwoot sends for a message. */
const BODY_BYTES = 2048;
/** Ids have nine digits, so that they stand at the same place in every body. */
export const FIRST_ID = 100_000_000;

const HEAD = '{"id":';
const MIDDLE = ',"conversation":{"id":';
const TAIL = tail();

/** Where the two ids begin in a body; each is nine bytes long. */
export const MESSAGE_AT = HEAD.length;
export const CONVERSATION_AT = HEAD.length + 9 + MIDDLE.length;

/** The parts between which the message's and the conversation's id stand, for bodies made by SQL. */
export const BODY_PARTS = [HEAD, MIDDLE, TAIL] as const;

/** Text of a message_created webhook: Chatwoot's fields, every body different, all of the same length. */
export function bodyOf(message: number, conversation: number): string {
  return `${HEAD}${FIRST_ID + message}${MIDDLE}${FIRST_ID + conversation}${TAIL}`;
}

/** Everything after the conversation's id, with a message text that fills up to BODY_BYTES. */
function tail(): string {
  const example = JSON.parse(exampleMessageBody()) as Record<string, unknown>;
  const { id: _message, conversation, content: _content, event, ...rest } = example;
  const { id: _conversation, messages: _messages, ...about } = conversation as Record<string, unknown>;
  const fields = `,${JSON.stringify(about).slice(1)},${JSON.stringify({ event, ...rest }).slice(1, -1)},"content":"`;
  const words = 'Where is my order? It was promised for Tuesday and I have not heard from you. ';
  const room = BODY_BYTES - HEAD.length - MIDDLE.length - 18 - fields.length - 2;
  if (room < 1) throw new Error('The example message no longer fits into a body of the bench.');
  return `${fields}${words.repeat(Math.ceil(room / words.length)).slice(0, room)}"}`;
}

/** Chatwoot's signature headers for a body sent now. */
export function signatureHeaders(secret: string, body: string, now: Date): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return { 'X-Chatwoot-Timestamp': timestamp, 'X-Chatwoot-Signature': `sha256=${digest}` };
}
