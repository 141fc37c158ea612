import { randomUUID } from 'node:crypto';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { applyMigrations } from '../../app/lib/database/migrate.server.ts';
import { asSuperuser, createTestDatabase } from '../support/database.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';

test('processes that start together apply each migration once, and none starts on the database of a newer version', async () => {
  const url = new URL(inject('templateUrl'));
  const name = `m_${randomUUID().replaceAll('-', '')}`;
  await asSuperuser(`CREATE DATABASE ${name} OWNER ${decodeURIComponent(url.username)}`);
  url.pathname = `/${name}`;
  try {
    const applied = await Promise.all([1, 2, 3, 4].map(() => applyMigrations(new pg.Client(url.href))));
    const names = applied.flat();
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
    expect(await applyMigrations(new pg.Client(url.href))).toEqual([]);
    // A version that does not know what the tables have become since is not started on them.
    const newer = new pg.Client(url.href);
    await newer.connect();
    await newer.query(
      "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '29990101000000_later', now())",
    );
    await newer.end();
    await expect(applyMigrations(new pg.Client(url.href))).rejects.toThrow(
      /made by a newer version.*29990101000000_later/,
    );
  } finally {
    // A vacuum may be at work in it by now, which the app's role may not end.
    await asSuperuser(`DROP DATABASE ${name} WITH (FORCE)`);
  }
});

test('a migration that has to wait for somebody who reads for long lets through what is written meanwhile', async () => {
  const root = await makeQuickFolder('migrations');
  const [from, to] = [process.cwd(), root].map((folder) => path.join(folder, 'prisma', 'migrations'));
  await cp(from!, to!, { recursive: true });
  const later = '29990101000000_later';
  await mkdir(path.join(to!, later));
  await writeFile(path.join(to!, later, 'migration.sql'), 'ALTER TABLE deliveries ADD COLUMN later int');
  const database = await createTestDatabase();
  const [reader, writer] = [new pg.Client(database.url), new pg.Client(database.url)];
  await Promise.all([reader.connect(), writer.connect()]);
  try {
    await reader.query('BEGIN; SELECT FROM deliveries LIMIT 1');
    const applied = applyMigrations(new pg.Client(database.url), root);
    let longest = 0;
    const holdMs = 8000;
    for (const began = performance.now(); performance.now() - began < holdMs; await delay(50)) {
      const at = performance.now();
      await writer.query('UPDATE deliveries SET due_at = due_at WHERE seq = 0');
      longest = Math.max(longest, performance.now() - at);
    }
    // Without a limit it waits as long as the reader reads. A busy machine adds to the second of the limit.
    expect(longest).toBeLessThan(holdMs / 2);
    await reader.query('COMMIT');
    expect(await applied).toEqual([later]);
  } finally {
    await Promise.all([reader.end(), writer.end()]);
    await database.drop();
  }
});
