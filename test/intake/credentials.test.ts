import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Hook } from '../../app/features/intake/authenticate-webhook.ts';
import {
  replaceStoredHooks,
  sealingKeys,
} from '../../app/features/intake/credentials/stored-hooks.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { post, sign, startIntakeServer, type IntakeServer } from './intake-server.ts';

const CLOSED = {
  CHATWOOT_WEBHOOK_ALLOW_UNSIGNED: 'false',
  CHATWOOT_API_TOKEN: 'the-admin-token',
  CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
  CHATWOOT_ACCOUNT_ID: '2',
  AGENT_SDK_URL: 'http://127.0.0.1:9',
  DATABASE_TIMEOUT_MS: '1000',
};
const HOOKS: Hook[] = [
  { kind: 'webhook', hookId: '3', proof: 'signature', secret: 'of-the-account' },
  { kind: 'api_inbox', hookId: '3', proof: 'signature', secret: 'of-the-inbox' },
  { kind: 'api_inbox', hookId: '9', proof: 'token', secret: 'in-the-address' },
];

let shared: TestServices;
beforeAll(async () => (shared = await createTestServices(CLOSED)));
afterAll(() => shared.close());

let dataDir: string;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-credentials-'));
  await shared.db.pool.query('DELETE FROM chatwoot_hooks');
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** A web process with a DATA_DIR of its own on the shared database. */
async function startWeb(env: Record<string, string> = {}): Promise<IntakeServer> {
  const own = await createTestServices({
    ...CLOSED,
    DATABASE_URL: shared.databaseUrl,
    DATA_DIR: dataDir,
    ...env,
  });
  const server = await startIntakeServer(own);
  stops.push(
    () => own.close(),
    () => server.stop(),
  );
  return server;
}

/** The same while the database does not answer. */
async function startWebWithoutDatabase(): Promise<IntakeServer> {
  const { config, log, changes, chatwootClock, metrics, processId } = shared;
  const away = () => {
    throw new Error('connect ECONNREFUSED');
  };
  const db = { ...shared.db, client: away, onStatus: () => undefined } as unknown as TestServices['db'];
  const server = await startIntakeServer({
    config: { ...config, DATA_DIR: dataDir },
    log,
    db,
    changes,
    chatwootClock,
    metrics,
    processId,
  });
  stops.push(() => server.stop());
  return server;
}

const connect = (hooks: Hook[] = HOOKS) =>
  inTransaction(shared.db.pool, (client) =>
    replaceStoredHooks(client, sealingKeys(shared.config), hooks, new Date()),
  );

let written = 0;
async function send(server: IntakeServer, secret: string | null, query = '') {
  const body = JSON.stringify({ event: 'message_created', id: (written += 1), account: { id: 2 } });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = {
    'X-Chatwoot-Timestamp': timestamp,
    'X-Chatwoot-Signature': sign(secret ?? '', timestamp, body),
  };
  const answer = await post(server.url + query, body, secret === null ? {} : signature);
  return [answer.status, answer.json.code ?? answer.json.status];
}

const file = () => path.join(dataDir, 'secrets', 'chatwoot-webhook.json');

test('every process of the shared database takes what any connected webhook proves, and nothing else', async () => {
  const before = await startWeb();
  expect(await send(before, null)).toEqual([401, 'not_connected']);
  await connect();
  const other = await mkdtemp(path.join(tmpdir(), 'outage-center-credentials-'));
  const later = await startWeb({ DATA_DIR: other });
  for (const server of [later, before]) {
    // The first is asked within a second of the change: it looks again before it refuses.
    await until('it has looked again', async () => (await send(server, 'of-the-account'))[0] === 200);
    expect(await send(server, 'of-the-inbox')).toEqual([200, 'accepted']);
    expect(await send(server, null, '?token=in-the-address')).toEqual([200, 'accepted']);
    expect(await send(server, null)).toEqual([401, 'missing_signature']);
    expect(await send(server, 'guessed')).toEqual([401, 'bad_signature']);
    expect(await send(server, null, '?token=guessed')).toEqual([401, 'bad_token']);
    expect(server.intake.status()).toMatchObject({ open: false, credentials: 'known' });
  }
  const { rows } = await shared.db.pool.query<{ secret: string }>('SELECT secret FROM chatwoot_hooks');
  for (const { secret } of rows) {
    expect(secret).toMatch(/^sealed:/);
    for (const hook of HOOKS) expect(secret).not.toContain(hook.secret);
  }
  await rm(other, { recursive: true, force: true });
});

test('a missing or unreadable file opens nothing: the database knows, and the copy is made again', async () => {
  await connect();
  await mkdir(path.dirname(file()));
  await writeFile(file(), '{"hooks": [{"kind"');
  const server = await startWeb();
  await until('the copy is made again', async () =>
    (await readFile(file(), 'utf8')).includes('of-the-inbox'),
  );
  expect((await stat(file())).mode & 0o777).toBe(0o600);
  await rm(file());
  expect(await send(server, null)).toEqual([401, 'missing_signature']);
  expect(await send(server, 'of-the-account')).toEqual([200, 'accepted']);
});

test('while the database is away, the copy proves; without a copy the answer is 503, whatever comes', async () => {
  await connect();
  const first = await startWeb();
  await until('the copy is there', () =>
    stat(file()).then(
      () => true,
      () => false,
    ),
  );
  expect(await send(first, 'of-the-inbox')).toEqual([200, 'accepted']);
  const away = await startWebWithoutDatabase();
  expect(await send(away, 'of-the-inbox')).toEqual([200, 'spooled']);
  expect((await send(away, null))[0]).toBe(401);

  await writeFile(file(), '');
  const blind = await startWebWithoutDatabase();
  for (const secret of [null, 'of-the-inbox', 'guessed'])
    expect(await send(blind, secret)).toEqual([503, 'secrets_unreadable']);
  expect(blind.intake.status()).toMatchObject({ open: false, credentials: 'unreadable' });
});

test('what an earlier version kept in its file goes into the database, for the others too', async () => {
  await mkdir(path.dirname(file()));
  await writeFile(
    file(),
    JSON.stringify({ secret: 'from-before', webhookId: 7, url: 'https://x.example.com' }),
  );
  const upgraded = await startWeb();
  expect(await send(upgraded, 'from-before')).toEqual([200, 'accepted']);
  await until('it is in the database', async () => {
    const { rows } = await shared.db.pool.query('SELECT hook_id FROM chatwoot_hooks');
    return rows.length === 1;
  });
  const other = await mkdtemp(path.join(tmpdir(), 'outage-center-credentials-'));
  const second = await startWeb({ DATA_DIR: other });
  expect(await send(second, 'from-before')).toEqual([200, 'accepted']);
  expect(await send(second, null)).toEqual([401, 'missing_signature']);
  await rm(other, { recursive: true, force: true });
});

test('an earlier file that cannot be read is not taken for none', async () => {
  await mkdir(path.dirname(file()));
  await writeFile(file(), '{"secret": ""}');
  await chmod(file(), 0o000);
  const server = await startWeb();
  expect(await send(server, null)).toEqual([503, 'secrets_unreadable']);
});

test('sealed by a key that this process does not have: 503, unless the copy tells', async () => {
  await connect();
  const stranger = await startWeb({ CHATWOOT_API_TOKEN: 'another' });
  expect(await send(stranger, 'of-the-account')).toEqual([503, 'secrets_unreadable']);
  expect(await send(stranger, null)).toEqual([503, 'secrets_unreadable']);
  expect(stranger.intake.status().credentials).toBe('unreadable');
  await writeFile(file(), JSON.stringify({ hooks: HOOKS })).catch(async () => {
    await mkdir(path.dirname(file()));
    await writeFile(file(), JSON.stringify({ hooks: HOOKS }));
  });
  const informed = await startWeb({ CHATWOOT_API_TOKEN: 'another' });
  expect(await send(informed, 'of-the-account')).toEqual([200, 'accepted']);
  expect(await send(informed, null)).toEqual([503, 'secrets_unreadable']);
});
