import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../app/features/intake/parse-webhook-body.ts';
import { deriveKeys } from '../../app/features/intake/derive-keys.ts';
import { keysOf } from './keys-of.ts';
import { account, agent, contact, conversation, conversationUpdated, messageCreated } from './samples.ts';

const same = (a: JsonObject, b: JsonObject, deliveryA?: string, deliveryB?: string) =>
  keysOf(a, deliveryA).dedupeKey.equals(keysOf(b, deliveryB).dedupeKey);

const typing = { event: 'conversation_typing_on', user: agent, conversation, is_private: false };
const widget = {
  id: 311,
  contact: { ...contact, account },
  account,
  current_conversation: null,
  event: 'webwidget_triggered',
};
const { account: _none, ...withoutAccount } = conversation;

describe('which conversation, customer and signal', () => {
  const row = (
    conversationKey: string,
    conversationId: string | null,
    customerKey: string | null,
    signal: string | null,
  ) => ({
    conversationKey,
    conversationId,
    customerKey,
    signal,
  });
  test.each<[string, JsonObject, ReturnType<typeof row>]>([
    ['a message from a customer', messageCreated(1), row('2:417', '417', '2:208', 'customer_message')],
    [
      "an incoming message that bears a user's name: the customer waits for an answer all the same",
      messageCreated(1, { sender: agent }),
      row('2:417', '417', '2:208', 'customer_message'),
    ],
    ...[{ constructor: 'x' }, { precedence: { toString: 1 } }, { 'has-own-property': [] }].map(
      (headers): [string, JsonObject, ReturnType<typeof row>] => [
        `an e-mail whose headers are ${JSON.stringify(headers)}`,
        messageCreated(1, { content_attributes: { email: { headers } } }),
        row('2:417', '417', '2:208', 'customer_message'),
      ],
    ),
    [
      'an out-of-office answer',
      messageCreated(1, { content_attributes: { email: { auto_reply: true } } }),
      row('2:417', '417', '2:208', 'machine_message'),
    ],
    [
      'a bounce',
      messageCreated(1, {
        sender: { ...contact, email: 'MAILER-DAEMON@example.com' },
        content_attributes: { email: { subject: 'Undelivered Mail Returned to Sender' } },
      }),
      row('2:417', '417', '2:208', 'machine_message'),
    ],
    [
      'a reply',
      messageCreated(1, { message_type: 'outgoing', sender: agent }),
      row('2:417', '417', '2:208', 'agent_reply'),
    ],
    [
      'a private note',
      messageCreated(1, { message_type: 'outgoing', private: true, sender: agent }),
      row('2:417', '417', '2:208', null),
    ],
    [
      'a bot',
      messageCreated(1, { message_type: 'outgoing', sender: { id: 1, type: 'agent_bot' } }),
      row('2:417', '417', '2:208', null),
    ],
    [
      "a reply that was typed in the channel's own app",
      messageCreated(1, {
        message_type: 'outgoing',
        sender: null,
        content_attributes: { external_echo: true },
      }),
      row('2:417', '417', '2:208', 'agent_reply'),
    ],
    [
      "a campaign's message, which bears a user's name",
      messageCreated(1, {
        message_type: 'outgoing',
        sender: agent,
        additional_attributes: { campaign_id: 3 },
      }),
      row('2:417', '417', '2:208', null),
    ],
    [
      "a rule's message, which bears a user's name",
      messageCreated(1, {
        message_type: 'outgoing',
        sender: agent,
        content_attributes: { automation_rule_id: 1 },
      }),
      row('2:417', '417', '2:208', null),
    ],
    [
      'a template without sender',
      messageCreated(1, { message_type: 'template', sender: null }),
      row('2:417', '417', '2:208', null),
    ],
    [
      'a changed message',
      messageCreated(1, { event: 'message_updated' }),
      row('2:417', '417', '2:208', null),
    ],
    ['a conversation', conversationUpdated(), row('2:417', '417', '2:208', null)],
    ['a resolved one', conversationUpdated({ status: 'resolved' }), row('2:417', '417', '2:208', 'resolved')],
    [
      'typing, without account',
      { ...typing, conversation: withoutAccount },
      row('-:417', '417', '-:208', null),
    ],
    [
      'a new contact',
      { ...contact, account, event: 'contact_created' },
      row('2:contact:208', null, '2:208', null),
    ],
    ['the widget', widget, row('2:contact_inbox:311', null, '2:208', null)],
    [
      'the widget in a conversation',
      { ...widget, current_conversation: conversation },
      row('2:417', '417', '2:208', null),
    ],
    [
      'an automation rule',
      { ...conversation, event: 'automation_event.conversation_updated' },
      row('2:417', '417', '2:208', null),
    ],
    ['a macro', { ...conversation, event: 'macro.executed' }, row('2:417', '417', '2:208', null)],
    [
      'ids as text',
      messageCreated(1, { account: { id: '2' }, conversation: { ...conversation, id: '417' } }),
      row('2:417', '417', '2:208', 'customer_message'),
    ],
  ])('%s', (_name, payload, expected) => {
    const { conversationKey, conversationId, customerKey, signal } = keysOf(payload);
    expect({ conversationKey, conversationId, customerKey, signal }).toEqual(expected);
  });

  test('the configured account stands in for a missing one', () => {
    const keys = keysOf({ ...withoutAccount, event: 'conversation_created' }, undefined, '7');
    expect(keys).toMatchObject({ conversationKey: '7:417', customerKey: '7:208' });
  });

  test('what belongs to no conversation waits for nobody', () => {
    const inbox = { event: 'inbox_updated', account };
    expect(keysOf(inbox).conversationKey).toMatch(/^event:/);
    expect(keysOf(inbox).conversationKey).not.toBe(keysOf(inbox).conversationKey);
  });
});

test('what cannot be read costs no webhook: it keeps its event, its conversation and its key', () => {
  const payload = messageCreated(1);
  const unreadable = Object.defineProperty({ ...payload }, 'message_type', {
    get: () => {
      throw new TypeError('not understood');
    },
  });
  const told: unknown[] = [];
  const input = { body: Buffer.from('{}'), deliveryId: undefined, eventId: 'e', defaultAccount: undefined };
  const keys = deriveKeys({ ...input, payload: unreadable }, (error) => told.push(error));
  expect(keys).toEqual({
    ...deriveKeys({ ...input, payload }),
    signal: null,
    customerKey: null,
    conversationSecond: null,
  });
  expect(told).toEqual([new TypeError('not understood')]);
});

describe('which webhooks are the same event', () => {
  test.each<[string, boolean, JsonObject, JsonObject, string?, string?]>([
    ['a message posted twice under two delivery ids', true, messageCreated(1), messageCreated(1), 'a', 'b'],
    ['a message posted twice unsigned', true, messageCreated(1), messageCreated(1)],
    [
      'a message with another body',
      false,
      messageCreated(1),
      messageCreated(1, { content: 'edited' }),
      'a',
      'a',
    ],
    ['another message', false, messageCreated(1), messageCreated(2), 'a', 'a'],
    ['created and updated', false, messageCreated(1), messageCreated(1, { event: 'message_updated' })],
    ['another account', false, messageCreated(1), messageCreated(1, { account: { id: 3 } })],
    [
      'one change of a conversation, read a moment later',
      true,
      conversationUpdated(),
      conversationUpdated({ unread_count: 3 }),
      'a',
      'b',
    ],
    [
      'another change at the same moment',
      false,
      conversationUpdated(),
      conversationUpdated({ changed_attributes: [{ priority: {} }] }),
    ],
    ['another moment', false, conversationUpdated(), conversationUpdated({ updated_at: 1790064905.3 })],
    [
      'another status',
      false,
      conversationUpdated({ status: 'open' }),
      conversationUpdated({ status: 'pending' }),
    ],
    [
      'a conversation without a moment, one delivery',
      true,
      conversationUpdated({ updated_at: null }),
      conversationUpdated({ updated_at: null }),
      'a',
      'a',
    ],
    [
      'a conversation without a moment, two deliveries',
      false,
      conversationUpdated({ updated_at: null }),
      conversationUpdated({ updated_at: null }),
      'a',
      'b',
    ],
    ['typing, one delivery', true, typing, typing, 'a', 'a'],
    ['typing twice', false, typing, typing, 'a', 'b'],
    [
      'an automation rule twice',
      false,
      { ...conversation, event: 'automation_event.x' },
      { ...conversation, event: 'automation_event.x' },
    ],
    [
      'a contact, one delivery',
      true,
      { ...contact, event: 'contact_updated' },
      { ...contact, event: 'contact_updated' },
      'a',
      'a',
    ],
    [
      'a contact, one delivery id, two bodies',
      false,
      { ...contact, event: 'contact_updated' },
      { id: 208, event: 'contact_updated' },
      'a',
      'a',
    ],
  ])('%s: %s', (_name, expected, a, b, deliveryA, deliveryB) => {
    expect(same(a, b, deliveryA, deliveryB)).toBe(expected);
  });
});
