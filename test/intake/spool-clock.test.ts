import { rm } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exampleMessageBody } from '../support/examples.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';
import { until } from '../support/until.ts';
import { startOwnPostgres, type OwnPostgres } from './own-postgres.ts';

const CLOCK = path.resolve(import.meta.dirname, '../support/shifted-clock.ts');
const PATIENCE_MS = 60_000;

let server: OwnPostgres;
let folder: string;
let app: AppProcess | undefined;

beforeEach(async () => {
  [server, folder] = await Promise.all([startOwnPostgres(), makeQuickFolder('clock')]);
});
afterEach(async () => {
  await app?.kill('SIGTERM');
  await server.remove();
  await rm(folder, { recursive: true, force: true });
});

test.each([-3_600_000, 3_600_000])(
  'what is spooled before the database was ever reached has its time by the database, whose clock differs by %i ms',
  async (clockMs) => {
    await server.kill();
    app = await startApp({
      ROLE: 'web',
      DATABASE_URL: server.url,
      DATA_DIR: folder,
      AGENT_SDK_URL: 'http://127.0.0.1:9',
      CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
      CHATWOOT_ACCOUNT_ID: '2',
      CHATWOOT_API_TOKEN: 'token',
      CLOCK_SHIFT_MS: String(clockMs),
      NODE_OPTIONS: `--import=${CLOCK}`,
    });
    const answer = await until(
      'it listens',
      () =>
        fetch(`${app!.url}/api/webhooks/chatwoot`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: exampleMessageBody({ conversationId: 1, messageId: 1 }),
        }),
      PATIENCE_MS,
    );
    expect(await answer.json()).toMatchObject({ status: 'spooled' });
    await server.start();
    await app.ready();
    const client = new pg.Client({ connectionString: server.superuserUrl });
    await client.connect();
    try {
      const late = await until('it is in the database', async () => {
        const { rows } = await client.query<{ seconds: number }>(
          'SELECT abs(extract(epoch FROM now() - received_at))::float8 AS seconds FROM webhook_events',
        );
        return rows[0];
      });
      expect(late.seconds).toBeLessThan(PATIENCE_MS / 1000);
    } finally {
      await client.end();
    }
  },
  180_000,
);
