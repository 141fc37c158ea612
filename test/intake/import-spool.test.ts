import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabaseConnection } from '../../app/features/intake/database-connection.server.ts';
import { importSpool } from '../../app/features/intake/import-spool.server.ts';
import type { InboxRow } from '../../app/features/intake/inbox-row.ts';
import { openSpool } from '../../app/features/intake/spool.server.ts';
import { takeTurns } from '../../app/features/intake/take-turns.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

let services: TestServices;
beforeAll(async () => {
  services = await createTestServices();
});
afterAll(() => services?.close());

const rows = (from: number, to: number): InboxRow[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({
    eventId: randomUUID(),
    dedupeKey: randomBytes(32),
    deliveryId: null,
    event: 'message_created',
    conversationKey: '2:417',
    conversationId: '417',
    customerKey: '2:208',
    signal: 'customer_message' as const,
    headers: '{}',
    body: Buffer.from(JSON.stringify({ n: from + i })),
    receivedAt: new Date(),
  }));

test('a file that is taken over, and records that arrive, while another file is imported are imported too', async () => {
  const { log } = services;
  const folder = path.join(services.dataDir, 'spool');
  const spool = openSpool({ folder, processId: services.processId, log });
  const connection = openDatabaseConnection(services.db, { name: 'test', pipeline: false });
  await spool.append(rows(1, 1200));
  let steps = 0;
  const interrupted: typeof connection = {
    close: () => connection.close(),
    async use(timeoutMs, action) {
      steps += 1;
      if (steps === 2) {
        const ended = openSpool({ folder, processId: randomUUID(), log });
        await ended.append(rows(5001, 5010));
        await ended.close();
        await spool.adopt();
        await spool.append(rows(1201, 1300));
      }
      return connection.use(timeoutMs, action);
    },
  };
  await importSpool({ services, spool, connection: interrupted, turn: takeTurns() });
  expect(spool.files()).toEqual([]);
  const { rows: stored } = await services.db.pool.query<{ n: number }>(
    `SELECT (convert_from(body, 'UTF8')::jsonb ->> 'n')::int AS n FROM webhook_events ORDER BY seq`,
  );
  const ids = stored.map(({ n }) => n);
  expect(ids.filter((n) => n <= 1300)).toEqual(Array.from({ length: 1300 }, (_, i) => i + 1));
  expect(ids.filter((n) => n > 5000)).toHaveLength(10);
  await connection.close();
  await spool.close();
});
