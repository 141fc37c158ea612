import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openIntake } from '../../app/features/intake/open-intake.server.ts';
import { REMOVE_EVENT_TEXTS } from '../../app/features/intake/inbox-row.ts';
import { exampleMessageBody } from '../../app/sandbox/chatwoot/examples.ts';
import { createTestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => (world = await createWorld({ DELIVERY_SETTLE_MS: '300' })));
afterEach(() => world.close());

const delivered = (n: number) =>
  until(`${n} are delivered`, async () => (await world.states()).delivered === n, 30_000);
const waiting = async () => {
  const { rows } = await world.services.db.pool.query<{ customer: string; n: number }>(
    `SELECT c.customer_name AS customer, count(m.*) AS n FROM conversations c JOIN customer_messages m USING (key) GROUP BY 1`,
  );
  return rows;
};

test('what this process stored and what another one stored arrive as they came, and both are in the list of who waits', async () => {
  await world.startWorker();
  const other = await createTestServices({ DATABASE_URL: world.services.databaseUrl });
  const intake = openIntake(other);
  const sent: string[] = [];
  try {
    for (let message = 1; message <= 40; message += 1) {
      const conversation = 1 + (message % 8);
      // Its own layout: a body that was parsed and written anew would not be the same bytes.
      const body = Buffer.from(
        ` ${exampleMessageBody({ conversationId: conversation, messageId: message, content: `Wörd ${message} 😀` })}\n`,
      );
      sent.push(createHash('sha256').update(body).digest('hex'));
      const here = message % 2 === 0 ? world.intake : intake;
      const { kind } = await here.receive({
        headers: { 'content-type': 'application/json', 'x-chatwoot-delivery': `d-${message}` },
        token: null,
        body,
        receivedAt: new Date(),
      });
      expect(kind).toBe('accepted');
    }
    await delivered(40);
    expect([...world.agent.records.bodyHashes()].sort()).toEqual(sent.sort());
    expect(world.agent.records.overlapCount()).toBe(0);
    await until('all are in the list', async () => {
      const rows = await waiting();
      return rows.reduce((sum, { n }) => sum + n, 0) === 40;
    });
  } finally {
    await intake.stop();
    await other.close();
  }
});

test('a text that was removed from the database is not sent from memory', async () => {
  await world.startWorker();
  const removed = await world.write({ conversation: 1, message: 1 });
  await world.services.db.pool.query(REMOVE_EVENT_TEXTS, [[removed]]);
  await world.write({ conversation: 2, message: 2 });
  await delivered(1);
  expect(world.agent.records.received.map(({ messageId }) => messageId)).toEqual([2]);
});
