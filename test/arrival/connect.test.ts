import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { readStoredHooks, sealingKeys } from '../../app/features/intake/credentials/stored-hooks.server.ts';
import { createChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { startIntakeServer, type IntakeServer } from '../intake/intake-server.ts';
import { runToEnd } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

let chatwoot: Chatwoot;
let services: TestServices;
let intake: IntakeServer;
beforeAll(async () => {
  services = await createTestServices({
    CHATWOOT_WEBHOOK_ALLOW_UNSIGNED: 'false',
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'the-admin-token',
  });
  intake = await startIntakeServer(services);
});
afterAll(async () => {
  await intake?.stop();
  await services?.close();
});
beforeEach(async () => {
  chatwoot = await startChatwoot({ apiToken: 'the-admin-token' });
  // Each Chatwoot numbers its conversations from the beginning.
  await services.db.pool.query('TRUNCATE deliveries, webhook_events CASCADE');
  await services.db.pool.query('DELETE FROM chatwoot_hooks');
  await services.db.pool.query('DELETE FROM chatwoot_connection');
});
afterEach(() => chatwoot.stop());

const appUrl = () => new URL(intake.url).origin;
const settings = () => ({
  DATA_DIR: services.dataDir,
  DATABASE_URL: services.databaseUrl,
  APP_URL: appUrl(),
  AGENT_SDK_URL: 'http://127.0.0.1:9',
  CHATWOOT_BASE_URL: chatwoot.url,
  CHATWOOT_ACCOUNT_ID: '2',
  CHATWOOT_API_TOKEN: 'the-admin-token',
});
const connect = (...args: string[]) => runToEnd(['app/cli/connect-chatwoot.ts', ...args], settings());
const client = () =>
  createChatwootClient({ baseUrl: chatwoot.url, accountId: '2', apiToken: 'the-admin-token' });
const hooks = () => readStoredHooks(services.db.pool, sealingKeys(services.config));

test('connecting ends with a proof: the secret is in force at once, and the message arrives signed', async () => {
  const { code, output } = await connect();
  expect(code, output).toBe(0);
  expect(output).toMatch(/Proved: a test message arrived after \d+\.\d s, signed\./);
  // Nobody waits there, and the moment of connecting is kept.
  const { rows } = await services.db.pool.query<{ connected_at: Date; arrived: boolean; inbox: string }>(
    `SELECT connected_at, arrived, canary_inbox_id AS inbox FROM chatwoot_connection, arrival_proof`,
  );
  expect(rows).toMatchObject([{ arrived: true, inbox: expect.anything() as string }]);
  expect((await connect()).code).toBe(0);
  const again = await services.db.pool.query<{ connected_at: Date }>(
    'SELECT connected_at FROM chatwoot_connection',
  );
  expect(again.rows[0]!.connected_at).toEqual(rows[0]!.connected_at);
});

test('a Chatwoot that cannot sign gets a token that is made here and kept like a secret', async () => {
  await chatwoot.stop();
  chatwoot = await startChatwoot({ apiToken: 'the-admin-token', version: '4.2.0' });
  const { code, output } = await connect();
  expect(code, output).toBe(0);
  expect(output).toMatch(/Proved: a test message arrived after \d+\.\d s, with the token\./);
  const [hook] = await hooks();
  expect(hook).toMatchObject({ kind: 'webhook', proof: 'token' });
  expect(hook!.secret!.length).toBeGreaterThan(30);
  expect(output).not.toContain(hook!.secret!);
  const listed = await client().listWebhooks();
  expect(listed).toMatchObject({ value: [{ url: `${intake.url}?token=${hook!.secret}` }] });
  // A second run makes no other token.
  await connect('--no-proof');
  expect((await hooks())[0]!.secret).toBe(hook!.secret);
});

test('every webhook and API inbox that leads here is taken over with its own secret; what leads elsewhere is offered for removal', async () => {
  const earlier = 'https://earlier.example.com/api/webhooks/chatwoot';
  await client().createWebhook({ url: earlier, subscriptions: ['message_created'] });
  await client().createWebhook({ url: 'https://crm.example.com/hook', subscriptions: ['message_created'] });
  const inbox = await client().createApiInbox('Shop app');
  if (inbox.outcome !== 'ok') throw new Error(inbox.outcome);
  const led = await client().setInboxWebhook(inbox.value.id, intake.url);
  if (led.outcome !== 'ok') throw new Error(led.outcome);
  const { code, output } = await connect();
  expect(code, output).toBe(0);
  expect(output).toContain('inbox "Shop app"');
  expect(output).toContain(earlier);
  expect(await hooks()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'webhook', proof: 'signature' }),
      {
        kind: 'api_inbox',
        hookId: String(inbox.value.id),
        proof: 'signature',
        secret: led.value.api!.secret,
      },
    ]),
  );
  const removed = await connect('--remove-elsewhere', '--no-proof');
  expect(removed.output).toMatch(/Removed: webhook \d+\./);
  const listed = await client().listWebhooks();
  if (listed.outcome !== 'ok') throw new Error(listed.outcome);
  expect(listed.value.map(({ url }) => url).sort()).toEqual(
    ['https://crm.example.com/hook', intake.url].sort(),
  );
});

test('no webhook: a non-zero exit after 30 s, with the likely cause', async () => {
  // One that would post to this machine.
  chatwoot.setVersion('4.13.0');
  chatwoot.webhooks.setWorkers('stopped');
  const { code, output } = await connect();
  expect(code).toBe(1);
  expect(output).toMatch(/no webhook told of it within 30 s\. Most likely: .*Sidekiq/s);
}, 90_000);

test('a list that cannot be read and one that hides a taken address are named for what they are', async () => {
  await connect('--no-proof');
  chatwoot.registrations.setListing('unreadable');
  expect((await connect()).output).toMatch(/cannot list its webhooks \(500\).*encryption keys/);
  chatwoot.registrations.setListing('empty');
  const hidden = await connect();
  expect(hidden.code).toBe(1);
  expect(hidden.output).toMatch(/address is taken and does not list it.*encryption keys/);
});

test('a reader that closes ends nothing: the work is done, and the code is as it would have been', async () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const child = spawn(
    'bash',
    ['-c', '"$0" app/cli/connect-chatwoot.ts | head -1; exit "${PIPESTATUS[0]}"', process.execPath],
    {
      cwd: root,
      env: { PATH: process.env.PATH, NODE_ENV: 'production', ...settings() },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let problem = '';
  child.stderr.on('data', (chunk: Buffer) => (problem += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  expect(problem).toBe('');
  expect(code).toBe(0);
  const { rows } = await services.db.pool.query<{ arrived: boolean }>('SELECT arrived FROM arrival_proof');
  expect(rows).toEqual([{ arrived: true }]);
});
