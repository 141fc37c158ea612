import { spawn } from 'node:child_process';
import { chmod, chown, lstat, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { troubleWords } from '../../app/lib/database/trouble.ts';
import { sharedBuffersMb } from '../../app/lib/embedded-postgres/postmaster.server.ts';
import { openEmbeddedPostgres } from '../../app/lib/embedded-postgres/embedded-postgres.server.ts';
import { initdbTrouble, prepareHome } from '../../app/lib/embedded-postgres/home.server.ts';
import { embeddedHome, removeDataDir } from '../support/data-dir.ts';

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
    await expect(connect(second.url)).rejects.toThrow(/ENOENT|ECONNREFUSED/);
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

test.each([
  ['spaces, umlauts, quotes and commas', 'Öde Wüste, "fern"'],
  ['a name that is too long for a socket', 'x'.repeat(120)],
])(
  'its data may lie under %s; the socket is in a folder of its own that nobody else may enter',
  async (_name, name) => {
    const parent = await mkdtemp(path.join(tmpdir(), 'outage-center-odd-'));
    await chmod(parent, 0o755);
    const dataDir = path.join(parent, name);
    const server = await openEmbeddedPostgres(dataDir);
    const remembered = path.join(await embeddedHome(dataDir), 'socket');
    const folder = await readFile(remembered, 'utf8');
    try {
      const client = await connect(server.url);
      expect((await client.query('SHOW listen_addresses')).rows).toEqual([{ listen_addresses: '' }]);
      const made = await lstat(folder);
      expect(made.isDirectory()).toBe(true);
      expect(made.mode & 0o777).toBe(0o700);
      expect(path.basename(folder)).toMatch(/socket-\w{6}$/);

      // Somebody put a link where it was: the socket moves, its server is started anew, and all goes on.
      await rename(folder, `${folder}.moved`);
      await symlink(`${folder}.moved`, folder);
      const again = await openEmbeddedPostgres(dataDir);
      expect(await readFile(remembered, 'utf8')).not.toBe(folder);
      await server.ensureRunning();
      expect(new URL(server.url).host).toBe(new URL(again.url).host);
      const other = await connect(server.url);
      expect((await other.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await other.end();
    } finally {
      await server.stop();
      await rm(folder, { force: true });
      await rm(`${folder}.moved`, { recursive: true, force: true });
      await removeDataDir(dataDir);
      await rm(parent, { recursive: true, force: true });
    }
  },
);

test('the number of a server that was killed is another process’s by now: that one is left alone, and the server starts', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-embedded-'));
  const first = await openEmbeddedPostgres(dataDir);
  const { data, log } = await prepareHome(dataDir);
  const pidFile = path.join(data, 'postmaster.pid');
  const left = (await readFile(pidFile, 'utf8')).split('\n');
  await first.stop();
  // It has the path of the data among its arguments, as a reader of the server's log has.
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', log, '-D', data], {
    stdio: 'ignore',
  });
  const server = await (async () => {
    // Where it listened is not our socket, which would be a reason to end it.
    await writeFile(pidFile, left.with(0, String(other.pid)).with(4, '/nowhere').join('\n'));
    return openEmbeddedPostgres(dataDir);
  })();
  try {
    const client = await connect(server.url);
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
    expect([other.exitCode, other.signalCode]).toEqual([null, null]);
  } finally {
    other.kill('SIGKILL');
    await server.stop();
    await removeDataDir(dataDir);
  }
});

test('what initdb says of an account without a name, and of a full disk, becomes a sentence with its cure', () => {
  const trouble = (said: string) => troubleWords(initdbTrouble(new Error('exit 1'), said).trouble);
  expect(trouble('initdb: could not look up effective user ID 12345: user does not exist')).toMatch(
    /has a number and no name\. Set DATABASE_URL/,
  );
  expect(trouble('fixing permissions ... initdb: error: No space left on device')).toMatch(/Free space/);
});
