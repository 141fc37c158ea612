import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countLedger } from '../../app/features/facts/ledger.server.ts';
import { insertWebhooks } from '../../app/features/intake/insert-webhooks.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { until } from '../support/until.ts';
import { createWorld } from '../support/world.ts';
import { inboxRow } from '../waiting/store-events.ts';

test('events of a conversation arrive one after the other in the order received, whatever fails and restarts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        conversations: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 20, maxLength: 60 }),
        share: fc.double({ min: 0, max: 0.6, noNaN: true }),
        seed: fc.integer({ min: 1, max: 1_000_000 }),
        restarts: fc.integer({ min: 0, max: 2 }),
      }),
      async ({ conversations, share, seed, restarts }) => {
        const world = await createWorld({
          CHATWOOT_WEBHOOK_MAX_ATTEMPTS: '100',
          CHATWOOT_WEBHOOK_BACKOFF_FACTOR: '1',
        });
        try {
          world.agent.failRandomly(share, seed);
          let worker = await world.startWorker();
          const expected = new Map<number, number[]>();
          for (const [message, conversation] of conversations.entries()) {
            await world.write({ conversation, message });
            expected.set(conversation, [...(expected.get(conversation) ?? []), message]);
            if (message % 20 === 19 && message / 20 < restarts) {
              await worker.stop();
              worker = await world.startWorker();
            }
          }
          await until(
            'everything is delivered',
            async () => (await world.states()).delivered === conversations.length,
            40_000,
          );
          for (const [conversation, messages] of expected) {
            expect(
              world.agent.records.ofConversation(conversation).map(({ messageId }) => messageId),
            ).toEqual(messages);
          }
          expect(world.agent.records.overlapCount()).toBe(0);
          expect(await countLedger(world.services.db.pool)).toMatchObject({
            received: conversations.length,
            delivered: conversations.length,
            balanced: true,
          });
        } finally {
          await world.close();
        }
      },
    ),
    { numRuns: 6 },
  );
}, 180_000);

test('what a spool brings in goes before what another process stored while that transaction was open', async () => {
  const world = await createWorld();
  const { services } = world;
  const changeAt = (receivedAt: Date) => {
    const updated_at = receivedAt.getTime() / 1000;
    const payload = { event: 'conversation_updated', id: 5, account: { id: 2 }, updated_at };
    return inboxRow(services, { ...payload, changed_attributes: [] }, receivedAt);
  };
  try {
    const ids = await inTransaction(services.db.pool, async (spool) => {
      const { rows } = await spool.query<{ began: Date }>('SELECT now() AS began');
      const began = rows[0]!.began.getTime();
      const [spooled, ...direct] = [-1000, 2, 4].map((ms) => changeAt(new Date(began + ms)));
      await inTransaction(services.db.pool, (other) => insertWebhooks(other, direct, 'direct'));
      await insertWebhooks(spool, [spooled!], 'spool');
      return [spooled!, ...direct].map(({ eventId }) => eventId);
    });
    await world.startWorker();
    await until('all are delivered', async () => (await world.states()).delivered === 3, 40_000);
    expect(world.agent.records.received.map(({ webhookId }) => webhookId)).toEqual(ids);
  } finally {
    await world.close();
  }
}, 60_000);
