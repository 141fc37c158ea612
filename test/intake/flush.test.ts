import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { expect, test } from 'vitest';
import { CommitsLost, flushCommits } from '../../app/features/intake/insert-webhooks.server.ts';
import { createTestDatabase } from '../support/database.ts';

test('a flush vouches only for rows that are there: a restart may have taken what was not yet on disk', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const [kept, lost] = [randomBytes(32), randomBytes(32)];
    await client.query(
      `INSERT INTO webhook_events (event_id, dedupe_key, event, conversation_key, headers, body, via, received_at)
       VALUES (gen_random_uuid(), $1, 'message_created', '2:1', '{}', '', 'direct', now())`,
      [kept],
    );
    await expect(flushCommits(client, [kept, kept])).resolves.toBeUndefined();
    await expect(flushCommits(client, [kept, lost])).rejects.toThrow(CommitsLost);
  } finally {
    await client.end();
    await database.drop();
  }
});
