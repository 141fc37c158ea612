import { expect, test } from 'vitest';
import { exampleConversation, exampleMessageBody } from '../support/examples.ts';
import { railsJson } from '../../app/sandbox/chatwoot/webhooks/payload-parts.ts';
import * as payloads from '../../app/sandbox/chatwoot/webhooks/payloads.ts';
import { chatwootSignature } from '../../app/sandbox/chatwoot/webhooks/payloads.ts';

test('signs the timestamp and the raw body as Chatwoot does', () => {
  const body = String.raw`{"event":"message_created","id":4,"content":"a \u003cb\u003e \u0026 c"}`;
  expect(railsJson({ event: 'message_created', id: 4, content: 'a <b> & c' })).toBe(body);
  expect(chatwootSignature('9fKq2Lw8ZtR4xVb7NcYd1HsJ', '1790475335', body)).toBe(
    'sha256=903c1d173c8e9353cb3b874f879804a8d442f794cf69aa405c8a5e5aa898f449',
  );
});

test('escapes what Rails escapes, and parses back to the same text', () => {
  const content = 'width < 95 & > 90 \u2028\u2029 </script> é 🙂';
  const json = railsJson({ content });
  expect(json).not.toMatch(/[<>&\u2028\u2029]/);
  expect(json).toContain(String.raw`\u2028\u2029`);
  expect(JSON.parse(json)).toEqual({ content });
});

test('the same options give the same bytes, another seed another customer', () => {
  expect(exampleMessageBody({ seed: 3 })).toBe(exampleMessageBody({ seed: 3 }));
  expect(exampleMessageBody({ seed: 3 })).not.toBe(exampleMessageBody({ seed: 4 }));
});

test('message_created has the shape of the real one', () => {
  const { place, conversation, message } = exampleConversation({ messageId: 9001, conversationId: 417 });
  const payload = payloads.messageCreated(place, conversation, message);
  expect(payload).toMatchObject({
    event: 'message_created',
    id: 9001,
    message_type: 'incoming',
    created_at: '2026-09-22T08:15:05.204Z',
    conversation: {
      id: 417,
      first_reply_created_at: null,
      waiting_since: 1_790_064_904,
      updated_at: 1_790_064_905.21873,
      messages: [{ id: 9001, message_type: 0, created_at: 1_790_064_905, sender: { type: 'contact' } }],
    },
  });
  expect(payload.sender).not.toHaveProperty('type');
  expect(payload).not.toHaveProperty('status');
});

test('a private note is not the last public message', () => {
  const { place, conversation } = exampleConversation();
  const note = { ...conversation.messages[0]!, id: 9006, private: true, type: 'outgoing' as const };
  conversation.messages.push(note);
  const payload = payloads.messageCreated(place, conversation, note);
  expect(payload).toMatchObject({ id: 9006, private: true, conversation: { messages: [{ id: 9001 }] } });
});

test('a status change says nothing of the old status, an update does', () => {
  const { place, conversation } = exampleConversation();
  conversation.status = 'resolved';
  expect(payloads.conversationStatusChanged(place, conversation)).toMatchObject({
    status: 'resolved',
    changed_attributes: null,
  });
  const changes = [payloads.change('status', 'open', 'resolved')];
  expect(payloads.conversationUpdated(place, conversation, changes)).toMatchObject({
    changed_attributes: [{ status: { previous_value: 'open', current_value: 'resolved' } }],
  });
});
