import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/app-process.ts';
import { createTestDatabase } from '../support/database.ts';
import { startMuteProxy, type MuteProxy } from '../support/mute-proxy.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';
import { until } from '../support/until.ts';

/** What deploy/Dockerfile and a cluster such as OpenShift give: a read-only root, one volume, and an account that is but a number. */
const CONTAINER = `
mount --make-rprivate / && mount -t tmpfs -o mode=0770,gid=0 tmpfs "$DATA_DIR" && mount -o remount,bind,ro / || exit 97
exec setpriv --reuid 12345 --regid 0 --clear-groups --no-new-privs --bounding-set=-all env -u HOME "$NODE" app/server/main.ts`;

/** Only root may give an account away, and not in every container. */
const MAY =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['-m', 'setpriv', '--reuid', '12345', '--clear-groups', 'true']).status === 0;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let proxy: MuteProxy;
let dataDir: string;
beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startMuteProxy(database.url);
  dataDir = await makeQuickFolder('container');
});
afterAll(async () => {
  await proxy.stop();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

test.skipIf(!MAY)(
  'on a read-only root, as an account without a name or a home: it takes, keeps and stores webhooks, and ends in good order',
  async () => {
    const port = await freePort();
    const app = spawn('unshare', ['-m', 'sh', '-c', CONTAINER], {
      env: {
        PATH: process.env.PATH,
        NODE: process.execPath,
        NODE_ENV: 'production',
        LOG_LEVEL: 'warn',
        CHATWOOT_WEBHOOK_ALLOW_UNSIGNED: 'true',
        DATABASE_URL: proxy.url,
        DATABASE_TIMEOUT_MS: '500',
        DATA_DIR: dataDir,
        PORT: String(port),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [app.stdout, app.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exit = once(app, 'exit');
    const at = (path: string) => `http://127.0.0.1:${port}${path}`;
    const post = async (id: number) => {
      const body = JSON.stringify({ event: 'message_created', id, created_at: 1_790_000_000 + id });
      const headers = { 'Content-Type': 'application/json' };
      const answer = await fetch(at('/api/webhooks/chatwoot'), { method: 'POST', headers, body });
      return [answer.status, ((await answer.json()) as { status: string }).status];
    };
    const isReady = () =>
      until(
        'it is ready',
        async () => app.exitCode !== null || (await fetch(at('/readyz'))).status === 200,
        60_000,
      );
    try {
      await isReady();
      expect(app.exitCode, output).toBeNull();
      expect(await post(1)).toEqual([200, 'accepted']);
      expect((await fetch(at('/sign-in'))).status).toBe(200);
      proxy.mute();
      expect(await post(2)).toEqual([200, 'spooled']);
      proxy.heal();
      await until('the spool is brought in', async () => (await post(3))[1] !== 'spooled', 60_000);
      await isReady();
      app.kill('SIGTERM');
      expect(await exit, output).toEqual([0, null]);
      expect(output).not.toMatch(/EROFS|EACCES|EPERM|ENOENT|look up/);
    } finally {
      app.kill('SIGKILL');
    }
  },
  180_000,
);
