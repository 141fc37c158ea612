import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { factPayload } from '../../app/features/delivery/fact-payload.ts';
import { requestReconciliation } from '../../app/features/arrival/comparison/start-reconciliation.server.ts';
import { queueNotifications } from '../../app/features/notify/queue-notifications.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { createComparisonWorld, type ComparisonWorld } from '../arrival/comparison-world.ts';
import { fuzz, fuzzTimeout } from '../support/fuzz.ts';
import { odd, oddPayload } from '../support/odd-payloads.ts';
import { person } from '../support/person.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

let services: TestServices;
let world: ComparisonWorld | undefined;
beforeAll(async () => {
  services = await createTestServices();
});
afterEach(async () => {
  await world?.close();
  world = undefined;
});
afterAll(() => services.close());

test(
  'a dead letter of whatever was in a webhook can be put on record',
  async () => {
    await fuzz(
      'A dead letter of whatever can be put on record',
      oddPayload,
      { share: 0.1, batch: 50 },
      async (payloads) => {
        const values = payloads.map((one) => factPayload(Buffer.from(JSON.stringify(one))));
        const { rowCount } = await services.db.pool.query(
          `INSERT INTO dashboard_facts (fact_type, scope, value, metadata)
         SELECT 'support.fuzz', 'support', jsonb_build_object('payload', v::jsonb), '{}' FROM unnest($1::text[]) AS t(v)`,
          [values],
        );
        expect(rowCount).toBe(payloads.length);
      },
    );
  },
  fuzzTimeout,
);

test(
  'messages to the team with whatever in them are queued, each once',
  async () => {
    let n = 0;
    const text = odd.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
    const message = fc.record({ title: text, sentence: text, label: text, value: text, thread: text });
    await fuzz(
      'Messages with whatever in them are queued, each once',
      message,
      { share: 0.1, batch: 20 },
      async (messages) => {
        const wanted = messages.map(({ title, sentence, label, value, thread }) => ({
          dedupeKey: `fuzz:${(n += 1)}`,
          incidentId: null,
          contactId: null,
          channel: { kind: 'slack', of: 'environment' } as const,
          fallbacks: [],
          thread,
          message: {
            kind: 'warning',
            severity: 'warning',
            title,
            sentence,
            facts: [{ label, value }],
            link: '/',
          },
          drill: null,
          insteadOf: null,
        }));
        await inTransaction(services.db.pool, (client) =>
          queueNotifications(client, wanted as never, new Date()),
        );
        const { rows } = await services.db.pool.query<{ queued: number }>(
          "SELECT count(*) AS queued FROM notifications WHERE dedupe_key LIKE 'fuzz:%'",
        );
        expect(rows[0]!.queued).toBe(n);
      },
    );
  },
  fuzzTimeout,
);

test(
  'whatever Chatwoot answers of one conversation, the messages of the others are found',
  async () => {
    const shop = (world = await createComparisonWorld());
    shop.chatwoot.setLists({ pageSize: 2 });
    const first = shop.begins();
    await shop.settled();
    await fuzz(
      'Whatever Chatwoot answers of one conversation, the others are found',
      oddPayload,
      { share: 0.0008, batch: 1 },
      async ([one]) => {
        shop.proxy.change = () => undefined;
        const others = [shop.begins(), shop.begins()];
        await shop.settled();
        const lost: number[] = [];
        await shop.losing(() => {
          for (const other of others) lost.push(shop.says(other).id);
          // The newest, so that it stands on the first page and the others behind it.
          shop.says(first);
        });
        shop.proxy.change = (call, answer) => {
          if (!call.includes('/conversations?') || answer.status !== 200) return;
          const json = JSON.parse(answer.body) as { data: { payload: { id: number }[] } };
          json.data.payload = json.data.payload.map((conversation) =>
            conversation.id === first.id
              ? { ...conversation, timestamp: null, ...one, id: first.id }
              : conversation,
          );
          answer.body = JSON.stringify(json);
        };
        const wish = { since: null, actor: person('Ines'), now: new Date() };
        expect(await requestReconciliation(shop.services, wish)).toMatchObject({ outcome: 'started' });
        await shop.reconcile();
        const inbox = await shop.inbox();
        expect(
          inbox.map(({ message }) => message),
          JSON.stringify(one),
        ).toEqual(expect.arrayContaining(lost));
      },
    );
  },
  fuzzTimeout,
);
