import { chmod, chown, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { openEmbeddedPostgres, sharedBuffersMb } from '../app/lib/embedded-postgres.server.ts';
import { prepareHome } from '../app/lib/embedded-postgres-home.server.ts';
import { removeDataDir } from './support/data-dir.ts';

const GB = 2 ** 30;

test.each([
  ['a small container', 0.25 * GB, 128],
  ['a machine of 1 GB', GB, 256],
  ['a machine of 2 GB', 2 * GB, 512],
  ['a large machine', 64 * GB, 512],
])('the embedded server takes a quarter of the memory of %s, within bounds', (_name, bytes, megabytes) => {
  expect(sharedBuffersMb(bytes)).toBe(megabytes);
});

test('who opened the embedded server does not stop it for another, and is not kept from it by connections of its own', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-embedded-'));
  const first = await openEmbeddedPostgres(dataDir);
  const second = await openEmbeddedPostgres(dataDir);
  const ofFirst = await connect(first.url);
  const ofSecond = await connect(second.url);
  try {
    await first.stop();
    expect((await ofSecond.query('SELECT 1')).rowCount).toBe(1);
    await ofFirst.end();

    await second.stop();
    await expect(connect(second.url)).rejects.toThrow(/ECONNREFUSED/);
  } finally {
    for (const client of [ofFirst, ofSecond]) await client.end().catch(() => undefined);
    await second.stop();
    await removeDataDir(dataDir);
  }
});

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

test.runIf(process.getuid?.() === 0)(
  'as root: its folder under /var/tmp has a name that nobody can guess, and one that is not ours alone is refused',
  async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-embedded-'));
    const { root } = await prepareHome(dataDir);
    try {
      expect(root).toMatch(/^\/var\/tmp\/outage-center-\w{6}$/);
      expect((await prepareHome(dataDir)).root).toBe(root);
      await chmod(root, 0o777);
      await expect(prepareHome(dataDir)).rejects.toThrow(/may be written by others/);
      await chmod(root, 0o711);
      await chown(root, 65_534, 65_534);
      await expect(prepareHome(dataDir)).rejects.toThrow(/belongs to somebody else/);
      await chown(root, 0, 0);
      await rename(root, `${root}.moved`);
      await symlink(`${root}.moved`, root);
      await expect(prepareHome(dataDir)).rejects.toThrow(/is a link/);
      await rm(root);
      await rename(`${root}.moved`, root);
    } finally {
      await removeDataDir(dataDir);
    }
  },
);
