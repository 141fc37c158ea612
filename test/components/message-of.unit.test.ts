import { expect, test } from 'vitest';
import { messageOf } from '../../app/components/dead-letters/detail/content.tsx';
import { prettyJson } from '../../app/features/delivery/dead-letters/shown-payload.ts';

const messageIn = (body: unknown) => messageOf(prettyJson(JSON.stringify(body)));

test('what a customer wrote, with its lines, signs and emoji', () => {
  const content = 'Where is my refund?\r\n<b>2 > 1</b> 👨‍👩‍👧 مرحبا';
  expect(messageIn({ content, message_type: 'incoming' })).toEqual({
    text: 'Where is my refund?\n<b>2 > 1</b> 👨‍👩‍👧 مرحبا',
    byCustomer: true,
  });
});

test('what turns the direction of writing round or hides is shown, not done', () => {
  expect(messageIn({ content: 'pay\u202e\u0007 me', message_type: 0 })?.text).toBe('pay\\u202e\\u0007 me');
});

test('an answer of the team is not said to be the customer’s', () => {
  expect(messageIn({ content: 'Hello', message_type: 'outgoing' })).toEqual({
    text: 'Hello',
    byCustomer: false,
  });
});

test.each([[{ content: null }], [{ content: '  ' }], [{ status: 'open' }], [null], [[]], ['x']])(
  '%j has no message',
  (body) => {
    expect(messageIn(body)).toBeNull();
  },
);

test('neither has what is not JSON, cut off or not to be seen', () => {
  expect(messageOf(prettyJson('{"content":'))).toBeNull();
  expect(messageOf({ text: '{"content":"a"}', cut: true })).toBeNull();
  expect(messageOf(null)).toBeNull();
});
