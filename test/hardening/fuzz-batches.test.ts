import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { factPayload } from '../../app/features/delivery/fact-payload.ts';
import { queueNotifications } from '../../app/features/notify/queue-notifications.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { fuzz, fuzzTimeout } from '../support/fuzz.ts';
import { odd, oddPayload } from '../support/odd-payloads.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

let services: TestServices;
beforeAll(async () => {
  services = await createTestServices();
});
afterAll(() => services.close());

test(
  'a dead letter of whatever was in a webhook can be put on record',
  async () => {
    await fuzz(
      'A dead letter of whatever can be put on record',
      oddPayload,
      { share: 0.08, batch: 100 },
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
      { share: 0.06, batch: 100 },
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
          'SELECT count(*)::int AS queued FROM notifications WHERE dedupe_key = ANY ($1)',
          [wanted.map(({ dedupeKey }) => dedupeKey)],
        );
        expect(rows[0]!.queued).toBe(messages.length);
      },
    );
  },
  fuzzTimeout,
);
