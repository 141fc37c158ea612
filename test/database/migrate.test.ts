import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { applyMigrations } from '../../app/lib/database/migrate.server.ts';

test('processes that start together apply each migration once, and none starts on the database of a newer version', async () => {
  const url = new URL(inject('templateUrl'));
  const admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  const name = `m_${randomUUID().replaceAll('-', '')}`;
  await admin.query(`CREATE DATABASE ${name}`);
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
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  }
});
