import { describe, expect, test } from 'vitest';
import { isJsonMediaType } from '../../app/features/intake/handle-webhook.server.ts';
import { keepHeaders } from '../../app/features/intake/intake.ts';
import { parseWebhookBody } from '../../app/features/intake/parse-webhook-body.ts';
import { keysOf } from './keys-of.ts';

describe('payloads of any shape', () => {
  test.each<[string, string]>([
    ['event', '{"event":{"a":1}}'],
    ['no event', '{}'],
    ['arrays for objects', '{"event":"message_created","conversation":[1],"account":[],"sender":[]}'],
    [
      'polluting names',
      '{"event":"message_created","__proto__":{"id":1},"constructor":{"prototype":{}},"conversation":{"__proto__":{"id":9}}}',
    ],
    [
      'half a surrogate pair',
      String.raw`{"event":"message_created\ud800","id":"\udc00","conversation":{"id":"a\u0000b"}}`,
    ],
    [
      'endless ids',
      `{"event":"${'e'.repeat(5000)}","id":"${'9'.repeat(9000)}","conversation":{"id":"${'c'.repeat(9000)}"}}`,
    ],
    ['numbers beyond', '{"event":"message_created","id":1e999,"conversation":{"id":-1.5e300}}'],
  ])('%s', (_name, text) => {
    const parsed = parseWebhookBody(Buffer.from(text));
    expect(parsed.ok).toBe(true);
    if (!parsed.ok) return;
    const keys = keysOf(parsed.value);
    for (const value of [
      keys.event,
      keys.conversationKey,
      keys.conversationId ?? '',
      keys.customerKey ?? '',
    ]) {
      expect(value.isWellFormed()).toBe(true);
      expect(value).not.toContain('\0');
      expect(value.length).toBeLessThanOrEqual(200);
    }
    expect(keys.dedupeKey).toHaveLength(32);
    expect(({} as Record<string, unknown>).id).toBeUndefined();
  });

  test.each<[string, Buffer, string]>([
    ['malformed', Buffer.from('{"a":'), 'malformed_json'],
    ['empty', Buffer.alloc(0), 'malformed_json'],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'not_utf8'],
    ['an array', Buffer.from('[]'), 'not_an_object'],
    ['null', Buffer.from('null'), 'not_an_object'],
    ['201 levels', Buffer.from(`${'{"a":'.repeat(200)}{}${'}'.repeat(200)}`), 'too_deep'],
    ['a million levels', Buffer.from('['.repeat(1_000_000)), 'too_deep'],
  ])('%s is refused', (_name, body, reason) => {
    expect(parseWebhookBody(body)).toEqual({ ok: false, reason });
  });

  test('200 levels, brackets in strings and a byte order mark are taken', () => {
    const deep = `${'{"a":'.repeat(199)}{}${'}'.repeat(199)}`;
    expect(parseWebhookBody(Buffer.from(deep)).ok).toBe(true);
    expect(parseWebhookBody(Buffer.from(JSON.stringify({ a: '[{"\\'.repeat(500) }))).ok).toBe(true);
    expect(parseWebhookBody(Buffer.from('\uFEFF{}')).ok).toBe(true);
  });
});

test('of the headers only harmless ones are kept', () => {
  const kept = keepHeaders({
    'content-type': 'application/json',
    'user-agent': 'Ruby\0',
    'x-chatwoot-delivery': 'd',
    'x-chatwoot-timestamp': '1',
    'x-chatwoot-signature': 'sha256=secret',
    authorization: 'secret',
    cookie: 'secret',
    api_access_token: 'secret',
    'x-anything': 'secret',
  });
  expect(kept).not.toContain('secret');
  expect(JSON.parse(kept)).toEqual({
    'content-type': 'application/json',
    'user-agent': 'Ruby\uFFFD',
    'x-chatwoot-delivery': 'd',
    'x-chatwoot-timestamp': '1',
  });
});

test.each([
  ['application/json', true],
  ['Application/JSON; charset=utf-8', true],
  ['application/vnd.chatwoot+json', true],
  ['text/plain', false],
  ['application/jsonp', false],
  ['+json', false],
  ['', false],
  [undefined, false],
])('media type %s: %s', (type, expected) => {
  expect(isJsonMediaType(type)).toBe(expected);
});
