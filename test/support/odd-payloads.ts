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
const message = fc.oneof(
  odd,
  fc.record({
    id: fc.oneof(odd, fc.nat(50)),
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
  messages: fc.oneof(odd, fc.array(message, { maxLength: 2 })),
  account: fc.oneof(odd, fc.record({ id: odd })),
  contact_inbox: odd,
  inbox_id: odd,
  sla_policy_id: odd,
  custom_attributes: fc.oneof(odd, fc.record({ outage_ticket: odd })),
};

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
