import { afterAll, beforeAll, expect, test } from 'vitest';
import { listOpenConversations } from '../../app/features/backlog/list-open.server.ts';
import { openChatwootClient } from '../../app/features/backlog/open-client.server.ts';
import { projectBatch } from '../../app/features/backlog/project-webhooks.server.ts';
import { inTransaction } from '../../app/lib/transaction.server.ts';
import { until } from '../support/until.ts';
import { createComparisonWorld, type ComparisonWorld } from '../arrival/comparison-world.ts';

let world: ComparisonWorld;
beforeAll(async () => {
  world = await createComparisonWorld();
});
afterAll(() => world.close());

test('the list from the API and the webhooks tell of the same conversation at the same moment, and both are read', async () => {
  const { services, chatwoot } = world;
  const conversation = world.begins();
  await chatwoot.webhooks.idle();
  const now = new Date();
  const listing = await inTransaction(services.db.pool, async (client) => {
    await client.query('SELECT FROM backlog_projection FOR UPDATE');
    const listed = listOpenConversations(services, openChatwootClient(services)!, now);
    await until('the list waits for the projection', async () => {
      const { rows } = await services.db.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
           AND query LIKE 'UPDATE backlog_projection%'`,
      );
      return rows.length > 0;
    });
    expect(await projectBatch(client, services.config, now)).toMatchObject({
      outcome: 'projected',
      events: 4,
    });
    return { listed };
  });
  await listing.listed;
  const { rows } = await services.db.pool.query<{ id: number; listed: boolean }>(
    'SELECT conversation_id AS id, (SELECT listed_at IS NOT NULL FROM backlog_projection) AS listed FROM conversations',
  );
  expect(rows).toEqual([{ id: conversation.id, listed: true }]);
});
