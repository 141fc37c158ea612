import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countLedger } from '../../app/features/facts/ledger.server.ts';
import { until } from '../support/until.ts';
import { createWorld } from '../support/world.ts';

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
