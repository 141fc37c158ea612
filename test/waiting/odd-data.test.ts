import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSetAside } from '../../app/features/facts/set-aside.server.ts';
import { readWaiting } from '../../app/features/waiting/read-waiting.server.ts';
import type { WebhookPayload } from '../../app/sandbox/chatwoot/webhooks/payloads.ts';
import { fuzz, fuzzTimeout } from '../support/fuzz.ts';
import { oddPayload } from '../support/odd-payloads.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { openShop, projectAll, storeEvents } from './store-events.ts';

const START = new Date('2026-11-23T05:00:00.000Z');
const LATER = new Date(START.getTime() + 60_000);

let services: TestServices;
beforeEach(async () => {
  services = await createTestServices();
});
afterEach(() => services.close());

const waiting = async () =>
  (await readWaiting(services, { sort: 'risk', filter: 'all', page: 1, withNames: true, now: LATER })).items;

async function cursorBehind(): Promise<number> {
  const { rows } = await services.db.pool.query<{ behind: number }>(
    'SELECT (SELECT COALESCE(max(seq), 0) FROM webhook_events) - through_seq AS behind FROM backlog_projection',
  );
  return rows[0]!.behind;
}

type Change = (payload: WebhookPayload & Record<string, unknown>) => void;
const inConversation = (change: (conversation: Record<string, unknown>) => void): Change => {
  return (payload) => change((payload.conversation ?? payload) as Record<string, unknown>);
};
const ODD: [string, Change][] = [
  [
    'a name cut in the middle of an emoji',
    inConversation(({ meta }) => {
      if (meta) (meta as { sender: { name: string } }).sender.name = `${'a'.repeat(199)}😀b`;
    }),
  ],
  ['a priority with U+0000', inConversation((one) => (one.priority = 'hi\0gh'))],
  ['a priority that is half a character', inConversation((one) => (one.priority = '\ud83d'))],
  ['a label that is half a character', inConversation((one) => (one.labels = ['\udc00', 'a\0b']))],
  ['a creation time in milliseconds', inConversation((one) => (one.created_at = START.getTime()))],
  ['a wait that began in milliseconds', inConversation((one) => (one.waiting_since = START.getTime()))],
  ['a wait that began in the year 60000', inConversation((one) => (one.waiting_since = 1.8e12 * 10))],
  ['a change in the year 275000', inConversation((one) => (one.updated_at = 8.6e12))],
  [
    'an event name cut in the middle of an emoji',
    (one) => (one.event = `message_${'a'.repeat(191)}😀` as never),
  ],
  ['an event name of what does not show', (one) => (one.event = `message_${'\u200b'.repeat(300)}` as never)],
  ['a number that says how it is to be read', inConversation((one) => (one.id = { toString: 1 }))],
  ['a policy beyond any column', inConversation((one) => (one.sla_policy_id = 2 ** 62))],
  [
    "an agent's name with U+0000",
    (one) => (one.sender = { id: 1, type: 'user', name: 'A\0B\ud800' } as never),
  ],
];

test.each(ODD)('%s holds up nobody', async (_name, change) => {
  const shop = openShop(START);
  shop.customer();
  const odd = shop.payloads.splice(0);
  for (const payload of odd) change(payload);
  const other = shop.customer();
  const good = shop.payloads.splice(0);
  await storeEvents(services, [...odd, ...good]);
  await projectAll(services, LATER);
  expect(await cursorBehind()).toBe(0);
  expect((await waiting()).map(({ conversationId }) => conversationId)).toContain(other.id);
});

test('milliseconds are taken for what they are: the customer waits since then', async () => {
  const shop = openShop(START);
  const customer = shop.customer();
  for (const payload of shop.payloads)
    inConversation((one) => (one.waiting_since = START.getTime()))(payload);
  await storeEvents(services, shop.payloads.splice(0));
  await projectAll(services, LATER);
  const items = await waiting();
  expect(items).toMatchObject([{ conversationId: customer.id, waitingSince: START.toISOString() }]);
});

test('what the database refuses all the same is set aside by name, and the others of its batch go on', async () => {
  await services.db.pool.query("ALTER TABLE conversations ADD CHECK (priority <> 'secret words')");
  const shop = openShop(START);
  const customers = [shop.customer(), shop.customer(), shop.customer()];
  const payloads = shop.payloads.splice(0);
  for (const payload of payloads)
    inConversation((one) => {
      if (one.id === customers[1]!.id) one.priority = 'secret words';
    })(payload);
  await storeEvents(services, payloads);
  await projectAll(services, LATER);
  expect(await cursorBehind()).toBe(0);
  const ids = (await waiting()).map(({ conversationId }) => conversationId);
  expect(ids.toSorted()).toEqual([customers[0]!.id, customers[2]!.id].toSorted());
  const { count, newest } = await readSetAside(services.db.pool);
  expect(count).toBeGreaterThan(0);
  expect(newest?.purpose).toBe('the list of who waits');
  expect(newest?.name).toMatch(/^event \d+ \((message|conversation)_\w+\)$/);
  expect(newest?.cause).toContain('SQLSTATE 23514');
  const { rows } = await services.db.pool.query(
    "SELECT FROM dashboard_facts WHERE fact_type = 'support.row.set_aside' AND value::text LIKE '%secret words%'",
  );
  expect(rows).toHaveLength(0);
});

test(
  'whatever is in a webhook, the customer who wrote beside it waits in the list',
  async () => {
    const shop = openShop(START);
    await fuzz(
      'Whatever is in a webhook, the customer who wrote beside it waits',
      oddPayload,
      { share: 0.15, batch: 100 },
      async (payloads) => {
        const other = shop.customer();
        await storeEvents(services, [...(payloads as never[]), ...shop.payloads.splice(0)]);
        await projectAll(services, LATER);
        expect(await cursorBehind()).toBe(0);
        const { rows } = await services.db.pool.query(
          "SELECT FROM conversations WHERE account = '2' AND conversation_id = $1 AND waiting_since IS NOT NULL",
          [other.id],
        );
        expect(rows).toHaveLength(1);
      },
    );
    // Nothing of it was left to the second line of defence; numbers beyond 2^63 are set aside on purpose.
    const { rows } = await services.db.pool.query(
      "SELECT value FROM dashboard_facts WHERE fact_type = 'support.row.set_aside' AND value->>'cause' NOT LIKE '%beyond 2^63'",
    );
    expect(rows).toEqual([]);
  },
  fuzzTimeout,
);
