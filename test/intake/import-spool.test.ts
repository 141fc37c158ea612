import { randomBytes, randomUUID } from 'node:crypto';
import { open, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabaseConnection, takeTurns } from '../../app/features/intake/database-connection.server.ts';
import { importSpool } from '../../app/features/intake/spool/import-spool.server.ts';
import type { InboxRow } from '../../app/features/intake/inbox-row.ts';
import { encodeSpoolRecord } from '../../app/features/intake/spool/spool-record.ts';
import { openSpool } from '../../app/features/intake/spool/open-spool.server.ts';
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

test('the mark of how far a file was imported goes before the file, or a later one of its name would count as imported', async () => {
  const { db, log } = services;
  const folder = path.join(services.dataDir, 'spool-marks');
  const spool = openSpool({ folder, processId: services.processId, log });
  const connection = openDatabaseConnection(db, { name: 'test', pipeline: false });
  const marks = () => db.pool.query('SELECT FROM spool_imports');
  const event = rows(7001, 7001);
  await spool.append(event);
  let failed = false;
  const failing: typeof connection = {
    close: () => connection.close(),
    async use(timeoutMs, action) {
      if (!failed && (await marks()).rowCount === 1) {
        failed = true;
        throw new Error('the database went away');
      }
      return connection.use(timeoutMs, action);
    },
  };
  const importNow = () => importSpool({ services, spool, connection: failing, turn: takeTurns() });
  await expect(importNow()).rejects.toThrow('the database went away');
  expect(spool.files()).toHaveLength(1);
  await importNow();
  expect(spool.files()).toEqual([]);
  expect((await marks()).rowCount).toBe(0);
  const stored = await db.pool.query('SELECT FROM webhook_events WHERE event_id = $1', [event[0]!.eventId]);
  expect(stored.rowCount).toBe(1);
  await connection.close();
  await spool.close();
});

test('a damaged stretch is set aside by a name under which it cannot be cut off as a torn end', async () => {
  const { db, log } = services;
  const folder = path.join(services.dataDir, 'spool-damaged');
  const before = openSpool({ folder, processId: randomUUID(), log });
  const written = rows(8001, 8003);
  await before.append(written);
  await before.close();
  const [name] = await readdir(folder);
  const handle = await open(path.join(folder, name!), 'r+');
  await handle.write('damage', encodeSpoolRecord(written[0]!).length + 60);
  await handle.close();

  await db.pool.query(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen) VALUES ($1, 'web', 'h', 1, now(), now())`,
    [services.processId],
  );
  const spool = openSpool({ folder, processId: services.processId, log });
  const connection = openDatabaseConnection(db, { name: 'test', pipeline: false });
  await spool.adopt();
  await importSpool({ services, spool, connection, turn: takeTurns() });
  expect(spool.quarantined()).toBe(1);
  const told = await db.pool.query('SELECT spooled, quarantined FROM processes');
  expect(told.rows).toEqual([{ spooled: 0, quarantined: 1 }]);
  const [aside] = await readdir(path.join(folder, 'quarantine'));
  await rename(path.join(folder, 'quarantine', aside!), path.join(folder, aside!));
  await spool.adopt();
  expect(spool.files()).toEqual([]);
  expect(await readdir(folder)).toContain(aside);
  await connection.close();
  await spool.close();
});
