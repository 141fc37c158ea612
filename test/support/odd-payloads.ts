import fc from 'fast-check';

/** Values that a column, a page or a cut stumbles over. */
export const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    0,
    -1,
    1e308,
    2 ** 60,
    2 ** 53,
    1_790_064_905_000,
    253_402_300_800,
    '\0',
    '\ud800',
    '\u2028',
    `${'a'.repeat(199)}😀b`,
    '👩‍👩‍👧‍👦 \u202egnp.exe',
    '+275760-09-13T00:00:00.000Z',
    '-000001-01-01T00:00:00Z',
    '2026-11-29T10:00:00.123456789Z',
    [],
    {},
    [[[]]],
    // Making text or a number of these throws.
    { toString: 1, valueOf: 1 },
    [{ toString: 1 }],
    { then: 1, length: 1e9 },
    'x'.repeat(5000),
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.double(),
  fc.jsonValue(),
);

const events = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      'message_created',
      'message_updated',
      'conversation_created',
      'conversation_status_changed',
      'conversation_updated',
      'conversation_typing_on',
      'contact_updated',
      'webwidget_triggered',
      'automation_event.x',
      'macro.executed',
    ),
  },
  { weight: 1, arbitrary: odd },
);

const times = fc.oneof(odd, fc.constantFrom(1_790_064_905, 1_790_064_905.123, '2026-11-29T10:00:00.000Z'));
const sender = fc.oneof(odd, fc.record({ id: odd, type: odd, name: odd }));
/** Headers of an e-mail have names that anybody chooses, also those of every object. */
const attributes = fc.oneof(
  odd,
  fc.record({
    email: fc.record({
      headers: fc.dictionary(
        fc.constantFrom(
          'constructor',
          'toString',
          '__proto__',
          'precedence',
          'Auto-Submitted',
          'x_autoreply',
        ),
        fc.oneof(odd, fc.constant({ toString: 1 })),
      ),
      from: odd,
      subject: odd,
      content_type: odd,
    }),
  }),
);
/** A message, as a webhook brings it and as a thread of Chatwoot's API lists it. */
export const oddMessage = fc.oneof(
  odd,
  fc.record({
    id: fc.oneof(odd, fc.nat(50), fc.nat(2 ** 31)),
    message_type: fc.oneof(odd, fc.constantFrom(0, 1, 2, 3)),
    created_at: times,
    private: odd,
    sender,
    content: odd,
    account_id: odd,
    content_attributes: attributes,
    additional_attributes: odd,
  }),
);
const conversation = {
  id: fc.oneof(odd, fc.nat(20)),
  status: fc.oneof(odd, fc.constantFrom('open', 'pending', 'resolved', 'snoozed')),
  created_at: times,
  updated_at: times,
  last_activity_at: times,
  waiting_since: times,
  first_reply_created_at: times,
  snoozed_until: times,
  priority: odd,
  labels: fc.oneof(odd, fc.array(odd, { maxLength: 3 })),
  meta: fc.oneof(odd, fc.record({ sender, assignee: sender, assignee_type: odd, team: odd })),
  messages: fc.oneof(odd, fc.array(oddMessage, { maxLength: 2 })),
  account: fc.oneof(odd, fc.record({ id: odd })),
  contact_inbox: odd,
  inbox_id: odd,
  sla_policy_id: odd,
  custom_attributes: fc.oneof(odd, fc.record({ outage_ticket: odd })),
};

/** A conversation as Chatwoot's API lists it. */
export const oddConversation = fc.oneof(
  { weight: 1, arbitrary: odd },
  {
    weight: 8,
    arbitrary: fc.record(
      { ...conversation, id: fc.oneof(odd, fc.nat(900)), timestamp: times },
      { requiredKeys: ['id'] },
    ),
  },
);

/** A webhook's payload with the right names and anything in them. */
export const oddPayload: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    ...conversation,
    event: events,
    account: fc.oneof(odd, fc.record({ id: odd })),
    conversation: fc.oneof(odd, fc.record(conversation, { requiredKeys: ['id', 'status', 'updated_at'] })),
    current_conversation: odd,
    contact: odd,
    sender,
    content: odd,
    content_attributes: attributes,
    additional_attributes: odd,
    message_type: fc.oneof(odd, fc.constantFrom('incoming', 'outgoing', 'template')),
    private: odd,
    changed_attributes: odd,
    inbox: odd,
    ['__proto__']: odd,
  },
  { requiredKeys: [] },
);

/** What a header may hold at all: anything else never leaves a client or a server. */
export const oddHeader = fc.oneof(
  fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((n) => n !== 0x7f)
      .map((n) => String.fromCharCode(n)),
    maxLength: 400,
  }),
  fc.constantFrom(
    ...[
      'NaN',
      '-1',
      '9'.repeat(300),
      '1e999',
      '1.5',
      '0',
      '',
      ' ',
      ',',
      '*',
      '"',
      'W/"',
      'null',
      '__proto__',
    ],
    ...['sha256=', `sha256=${'0'.repeat(64)}`, 'Bearer', `Bearer ${'x'.repeat(600)}`, 'Basic Og=='],
    ...['Wed, 21 Oct 2015 07:28:00 GMT', 'Fri, 31 Dec 9999 23:59:59 GMT', 'Sun Nov  6 08:49:37 1994'],
    ...[
      'evil.example',
      'http://evil.example/',
      '127.0.0.1:1, 10.0.0.1',
      'for="[::1]:1";proto=https;host=evil.example',
    ],
    ...[
      'outage-center.session_token=a.b',
      'outage-center.session_token=%00; outage-center.session_token=',
      '=;=;;==',
    ],
  ),
);

/** An answer of another service: of the right shape, of a wrong one, or of none. */
export const oddAnswer = fc.record({
  status: fc.oneof(
    fc.constantFrom(
      200,
      201,
      202,
      204,
      301,
      302,
      307,
      400,
      401,
      404,
      408,
      410,
      413,
      420,
      422,
      425,
      429,
      500,
      502,
      503,
    ),
    fc.integer({ min: 200, max: 599 }),
  ),
  headers: fc.record(
    {
      'Retry-After': fc.oneof(oddHeader, fc.array(oddHeader, { minLength: 2, maxLength: 3 })),
      'Content-Type': fc.oneof(oddHeader, fc.constantFrom('application/json', 'text/html', 'text/plain')),
      Date: oddHeader,
      Location: oddHeader,
      ETag: oddHeader,
      'Content-Encoding': fc.constantFrom('identity', 'gzip', 'br', 'x'),
    },
    { requiredKeys: [] },
  ),
  body: fc.oneof(
    fc.constantFrom(
      ...[
        'ok',
        ' OK\n',
        '',
        '{}',
        '[]',
        'null',
        '{"ok":true}',
        '{"ok":false,"error":"no_text"}',
        '{"success":"no"}',
      ],
      ...[
        '{"ok":true,"ok":false}',
        '{"status":"success"}',
        '{"status":"throttle exceeded"}',
        '{"id":"x"}',
        '[{"id":1}]',
      ],
      ...[
        '<!doctype html><title>Sign in</title>',
        '<!-- --><html>',
        '{"retry_after":1e400}',
        '{"retry_after":-5}',
      ],
      ...[
        '{"__proto__":{"ok":true}}',
        '\u0000',
        '\ufeff{"ok":true}',
        '{"a":'.repeat(2000),
        'x'.repeat(70_000),
      ],
    ),
    odd.map((value) => JSON.stringify(value)),
    fc
      .record({ ok: odd, error: odd, status: odd, id: odd, retry_after: odd })
      .map((value) => JSON.stringify(value)),
  ),
  /** In place of all that: bytes that may be no HTTP. */
  bytes: fc.option(
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      fc.constantFrom(
        ...['', 'HTTP/1.1 200', 'HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok'],
        ...[
          'HTTP/1.1 204 \r\nContent-Length: 1\r\n\r\n{}',
          'HTTP/1.1 100 Continue\r\n\r\n',
          'HTTP/9.9 700 x\r\n\r\n',
        ],
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nzz\r\n',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n',
        `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`,
      ),
    ),
    { freq: 8 },
  ),
});
