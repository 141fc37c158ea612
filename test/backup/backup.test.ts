import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readArchive, writeArchive } from '../../app/features/backup/archive-file.server.ts';
import type { Manifest } from '../../app/features/backup/backup-format.ts';
import { checkBackup } from '../../app/features/backup/check-backup.server.ts';
import { dropEverything, listTables } from '../../app/features/backup/copy-tables.server.ts';
import { makeBackup } from '../../app/features/backup/make-backup.server.ts';
import { restoreBackup } from '../../app/features/backup/restore-backup.server.ts';
import { verifyAudit } from '../../app/features/audit/verify-audit.server.ts';
import type { ArchiveEntry } from '../../app/lib/archive/tar.ts';
import { applyMigration } from '../../app/lib/database/migrate.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { fillEveryTable } from './fill-tables.ts';

const KEY = 'a passphrase of the operator';
const ACTOR = { id: 'cli:mara', name: 'cli:mara', role: 'operator', via: 'cli', from: null } as const;

let source: TestServices;
let folder: string;
let plain: string;
let sealed: string;
let manifest: Manifest;

beforeAll(async () => {
  source = await createTestServices();
  folder = await mkdtemp(path.join(tmpdir(), 'outage-center-backup-'));
  const client = await source.db.pool.connect();
  const unfilled = await fillEveryTable(client);
  await client.query("SELECT nextval('incidents_id_seq')");
  client.release();
  expect(unfilled).toEqual({});
  await mkdir(path.join(source.dataDir, 'spool/quarantine'), { recursive: true });
  await mkdir(path.join(source.dataDir, 'secrets'));
  await writeFile(
    path.join(source.dataDir, 'spool/quarantine/0123456789abcdef.damaged'),
    'bytes of a message',
  );
  await writeFile(path.join(source.dataDir, 'secrets/session-secret'), 'the session secret');
  plain = path.join(folder, 'plain.tar.gz');
  sealed = path.join(folder, 'sealed');
  manifest = await makeBackup(source, { file: plain, passphrase: null, withSecrets: false });
  await makeBackup(source, { file: sealed, passphrase: KEY, withSecrets: true });
}, 180_000);
afterAll(async () => {
  await source.close();
  await rm(folder, { recursive: true, force: true });
});

/** A digest of each table but those that tell of the restore itself. */
async function digests({ db }: TestServices): Promise<Record<string, string>> {
  const client = await db.pool.connect();
  try {
    const found: Record<string, string> = {};
    for (const { name } of await listTables(client)) {
      const where = name === 'audit_log' ? "WHERE action <> 'backup.restore'" : '';
      const { rows } = await client.query<{ text: string }>(
        `SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') AS text FROM "${name}" t ${where}`,
      );
      if (name !== 'audit_head' && name !== 'backups')
        found[name] = createHash('sha256').update(rows[0]!.text).digest('hex');
    }
    return found;
  } finally {
    client.release();
  }
}

async function withTarget(work: (target: TestServices) => Promise<void>): Promise<void> {
  const target = await createTestServices();
  try {
    await work(target);
  } finally {
    await target.close();
  }
}

const restore = (target: TestServices, file: string, passphrase: string | null = null, replace = false) =>
  restoreBackup(target, { file, passphrase, replace, actor: ACTOR });

test('a row of every table, with what COPY has to write in a way of its own, comes back as it was', async () => {
  expect(manifest.tables.length).toBeGreaterThan(70);
  expect(manifest.tables.filter(({ rows }) => rows === 0)).toEqual([]);
  await withTarget(async (target) => {
    await restore(target, plain);
    expect(await digests(target)).toEqual(await digests(source));
    expect(await verifyAudit(target.db.pool)).toMatchObject({ outcome: 'intact', rows: 2 });
    // What protects facts and audit log is on again, and the keys between tables.
    await expect(target.db.pool.query('DELETE FROM audit_log')).rejects.toThrow();
    await expect(target.db.pool.query('TRUNCATE dashboard_facts')).rejects.toThrow();
    const keys = "SELECT count(*) AS n FROM pg_constraint WHERE contype = 'f'";
    expect((await target.db.pool.query(keys)).rows).toEqual((await source.db.pool.query(keys)).rows);
    // The next incident has a number that nobody outside has heard of.
    const next = await target.db.pool.query<{ n: number }>("SELECT nextval('incidents_id_seq') AS n");
    expect(next.rows[0]!.n).toBeGreaterThan(1000);
    expect(await readdir(path.join(target.dataDir, 'spool/quarantine'))).toEqual([
      '0123456789abcdef.damaged',
    ]);
    expect(await readdir(target.dataDir)).not.toContain('secrets');
  });
}, 120_000);

test('a plain one is a tar file, readable by its owner only, and holds no secret', async () => {
  expect((await stat(plain)).mode & 0o777).toBe(0o600);
  const listed = execFileSync('tar', ['-tzf', plain], { encoding: 'utf8' }).trim().split('\n');
  expect(listed[0]).toBe('about.json');
  expect(listed.at(-1)).toBe('manifest.json');
  expect(listed).toContain('tables/webhook_events/000001');
  expect(gunzipSync(await readFile(plain)).includes('the session secret')).toBe(false);
  expect(manifest.secrets).toEqual({ present: ['session-secret'], included: false });
});

test('an encrypted one says nothing without its key, and brings the secrets with it', async () => {
  const bytes = await readFile(sealed);
  expect(bytes.includes('mara@example.com')).toBe(false);
  await expect(checkBackup(sealed, null)).rejects.toThrow(/is encrypted: set BACKUP_KEY/);
  await expect(checkBackup(sealed, 'another passphrase')).rejects.toThrow(/BACKUP_KEY is not the key/);
  await withTarget(async (target) => {
    await restore(target, sealed, KEY);
    expect(await readFile(path.join(target.dataDir, 'secrets/session-secret'), 'utf8')).toBe(
      'the session secret',
    );
    expect((await stat(path.join(target.dataDir, 'secrets/session-secret'))).mode & 0o777).toBe(0o600);
  });
}, 120_000);

test.each(['plain', 'sealed'])(
  '%s: each damage is noticed before anything is changed',
  async (kind) => {
    const original = kind === 'plain' ? plain : sealed;
    const key = kind === 'plain' ? null : KEY;
    const { size } = await stat(original);
    const copy = path.join(folder, `damaged-${kind}`);
    const places = [300, Math.floor(size / 3), Math.floor(size / 2), size - 30, size - 6];
    const changeByte = async (at: number) => {
      await writeFile(copy, await readFile(original));
      const handle = await open(copy, 'r+');
      const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
      await handle.write(Buffer.of(buffer[0]! ^ 0x40), 0, 1, at);
      await handle.close();
    };
    // Each opening of a sealed one takes a tenth of a second. A bit that compression does not use changes nothing.
    const whole = await checkBackup(original, key);
    if (kind === 'plain') for (let at = 0; at < 700; at += 3) places.push(at);
    let noticed = 0;
    for (const at of places) {
      await changeByte(at);
      const outcome = await checkBackup(copy, key).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        noticed += 1;
        expect(outcome.message, `a byte at ${at} of ${size}`).toMatch(/damaged|BACKUP_KEY/);
      } else expect(outcome, `a byte at ${at} of ${size}`).toEqual(whole);
    }
    expect(noticed).toBeGreaterThan(kind === 'plain' ? places.length * 0.9 : places.length - 1);
    for (const end of [size - 1, size - 100, Math.floor(size / 2), 200]) {
      await writeFile(copy, await readFile(original));
      await truncate(copy, end);
      await expect(checkBackup(copy, key), `cut at ${end} of ${size}`).rejects.toThrow(
        /damaged or not complete/,
      );
    }
  },
  60_000,
);

test('what is no backup, is not there, or is a newer version’s is refused with a sentence', async () => {
  const other = path.join(folder, 'other');
  await writeFile(other, 'PK something else');
  await expect(checkBackup(other, null)).rejects.toThrow(/is no backup of Outage Center/);
  await writeFile(other, gzipSync('no tar'));
  await expect(checkBackup(other, null)).rejects.toThrow(/damaged or not complete/);
  await expect(checkBackup(path.join(folder, 'missing'), null)).rejects.toThrow(/There is no file/);

  const newer = async function* (about: object): AsyncGenerator<ArchiveEntry> {
    await Promise.resolve();
    yield { name: 'about.json', body: Buffer.from(JSON.stringify(about)) };
    yield {
      name: 'manifest.json',
      body: Buffer.from(JSON.stringify({ ...manifest, ...about, tables: [], files: [] })),
    };
  };
  const told = {
    version: '9.0.0',
    createdAt: manifest.createdAt,
    format: 1,
    migrations: manifest.migrations,
  };
  await writeArchive(other, null, newer({ ...told, format: 2 }));
  await expect(checkBackup(other, null)).rejects.toThrow(/made by a newer version \(9\.0\.0\)/);
  await writeArchive(
    other,
    null,
    newer({ ...told, migrations: [...manifest.migrations, '20990101000000_later'] }),
  );
  await withTarget(async (target) => {
    const before = await digests(target);
    await expect(restore(target, other)).rejects.toThrow(/newer version \(9\.0\.0, with the migration 2099/);
    expect(await digests(target)).toEqual(before);
  });
}, 60_000);

test('one of an earlier version comes back and is migrated with its rows', async () => {
  const older = await createTestServices();
  try {
    // As it was before its last migration but three: those only add tables, columns and views.
    const names = manifest.migrations.slice(0, -3);
    const file = path.join(folder, 'older');
    const client = await older.db.pool.connect();
    await client.query('BEGIN');
    await dropEverything(client);
    for (const name of names) await applyMigration(client, name);
    await client.query('COMMIT');
    await fillEveryTable(client);
    client.release();
    await makeBackup(older, { file, passphrase: null, withSecrets: false });
    await withTarget(async (target) => {
      const { migrated } = await restore(target, file);
      expect(migrated).toEqual(manifest.migrations.slice(-3));
      const { rows } = await target.db.pool.query<{ n: number }>('SELECT count(*) AS n FROM deliveries');
      expect(rows[0]!.n).toBe(1);
      const same =
        'SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = $1 ORDER BY 1, 2';
      expect((await target.db.pool.query(same, ['public'])).rows).toEqual(
        (await source.db.pool.query(same, ['public'])).rows,
      );
    });
  } finally {
    await older.close();
  }
}, 120_000);

test('a database that holds something is kept unless it is to be replaced, and one that is in use always', async () => {
  await withTarget(async (target) => {
    await restore(target, plain);
    const before = await digests(target);
    await expect(restore(target, plain)).rejects.toThrow(/holds 1 webhook and 1 person.*--replace/);
    await target.db.pool.query('UPDATE processes SET last_seen = now()');
    await expect(restore(target, plain, null, true)).rejects.toThrow(/Outage Center runs on this database/);
    await target.db.pool.query("UPDATE processes SET last_seen = '2024-11-29T10:00:00.123Z'");
    expect(await digests(target)).toEqual(before);
    await target.db.pool.query("UPDATE people SET name = 'somebody else'");
    await restore(target, plain, null, true);
    expect(await digests(target)).toEqual(await digests(source));
  });
}, 120_000);

test('when the last proof fails, everything is undone', async () => {
  const file = path.join(folder, 'lies');
  // Whole and well formed, and yet of a ledger that counts otherwise.
  const changed = async function* (): AsyncGenerator<ArchiveEntry> {
    for await (const entry of readArchive(plain, null)) {
      if (entry.name !== 'manifest.json') yield entry;
      else
        yield {
          ...entry,
          body: Buffer.from(
            JSON.stringify({
              ...manifest,
              ledger: { ...manifest.ledger, received: manifest.ledger.received + 1 },
            }),
          ),
        };
    }
  };
  await writeArchive(file, null, changed());
  await withTarget(async (target) => {
    const before = await digests(target);
    await expect(restore(target, file)).rejects.toThrow(/ledger counts otherwise\), so it was undone/);
    expect(await digests(target)).toEqual(before);
  });
}, 60_000);

test('a full disk leaves nothing behind', async () => {
  const small = path.join(folder, 'small');
  await mkdir(small);
  const command = `ulimit -f 8; exec "${process.execPath}" app/cli/backup.ts --to "${small}/backup"`;
  const run = spawnSync('sh', ['-c', command], {
    encoding: 'utf8',
    env: { ...process.env, DATABASE_URL: source.databaseUrl, DATA_DIR: source.dataDir },
  });
  expect(run.stderr).toMatch(/^No backup was made: there is no room for it in .*\n$/);
  expect(run.status).toBe(1);
  expect(await readdir(small)).toEqual([]);
}, 60_000);
