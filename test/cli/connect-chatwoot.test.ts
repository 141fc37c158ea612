import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { addressWords } from '../../app/features/arrival/connect/connect-words.server.ts';
import {
  registerWebhook,
  subscriptionsFor,
} from '../../app/features/arrival/connect/register-webhook.server.ts';
import { readStoredHooks, sealingKeys } from '../../app/features/intake/credentials/stored-hooks.server.ts';
import { createChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { freePort, runToEnd } from '../support/app-process.ts';
import { startFront } from '../support/front.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

const TARGET = 'https://outage.example.com/api/webhooks/chatwoot';
let chatwoot: Chatwoot;
let dataDir: string;
let services: TestServices;
beforeAll(async () => (services = await createTestServices()));
afterAll(() => services.close());
beforeEach(async () => {
  chatwoot = await startChatwoot({ apiToken: 'the-admin-token' });
  dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-connect-'));
});
afterEach(async () => {
  await chatwoot.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const connect = (env: Record<string, string> = {}, flags: string[] = []) =>
  runToEnd(['app/cli/connect-chatwoot.ts', '--no-proof', ...flags], {
    DATA_DIR: dataDir,
    DATABASE_URL: services.databaseUrl,
    APP_URL: 'https://outage.example.com',
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'the-admin-token',
    ...env,
  });

const clientOf = (apiToken = 'the-admin-token', accountId = '2', baseUrl = chatwoot.url) =>
  createChatwootClient({ baseUrl, accountId, apiToken, timeoutMs: 2000 });

async function hooks() {
  const listed = await clientOf().listWebhooks();
  if (listed.outcome !== 'ok') throw new Error(listed.outcome);
  return listed.value;
}

test('creates the webhook, keeps its secret for the app alone, and changes nothing the second time', async () => {
  const first = await connect();
  expect(first.code, first.output).toBe(0);
  const [hook, ...others] = await hooks();
  expect(others).toEqual([]);
  expect(hook).toMatchObject({ url: TARGET });
  expect(hook!.subscriptions).toEqual(
    expect.arrayContaining(['message_created', 'conversation_status_changed', 'conversation_typing_on']),
  );
  expect(hook!.subscriptions.some((event) => event.startsWith('inbox_'))).toBe(false);

  const keys = sealingKeys({ DATA_ENCRYPTION_KEYS: [], CHATWOOT_API_TOKEN: 'the-admin-token' });
  expect(await readStoredHooks(services.db.pool, keys)).toEqual([
    { kind: 'webhook', hookId: String(hook!.id), proof: 'signature', secret: hook!.secret },
  ]);
  const { rows } = await services.db.pool.query('SELECT * FROM chatwoot_hooks');
  expect(JSON.stringify(rows)).not.toContain(hook!.secret!);
  expect(first.output).not.toContain(hook!.secret!);
  expect(first.output).not.toContain('the-admin-token');

  const second = await connect();
  expect(second).toMatchObject({ code: 0 });
  expect(second.stdout).toContain('adopted');
  expect(await hooks()).toEqual([hook]);

  const audited = await services.db.prisma.auditEntry.findMany({ orderBy: { id: 'asc' } });
  const shown = { address: TARGET, events: hook!.subscriptions };
  expect(audited).toMatchObject([
    {
      actorId: expect.stringMatching(/^cli:./) as string,
      via: 'cli',
      action: 'chatwoot.connect',
      target: `webhook ${hook!.id} of account 2 at ${new URL(chatwoot.url).host}`,
      before: null,
      after: { ...shown, webhook: 'created', signed: true },
    },
    { before: shown, after: { ...shown, webhook: 'adopted' } },
  ]);
  expect(JSON.stringify(audited.map(({ before, after }) => [before, after]))).not.toContain(hook!.secret!);
});

test('adopts a webhook that lacks events and leaves others alone', async () => {
  const client = clientOf();
  await client.createWebhook({ url: 'https://other.example.com/hook', subscriptions: ['message_created'] });
  const mine = await client.createWebhook({ url: `${TARGET}?token=old`, subscriptions: ['message_created'] });
  const result = await registerWebhook(client, { target: TARGET, token: 'unused', version: '4.15.1' });
  expect(result).toMatchObject({ outcome: 'registered', how: 'updated' });
  const [other, adopted, ...more] = await hooks();
  expect(more).toEqual([]);
  expect(other!.subscriptions).toEqual(['message_created']);
  expect(mine).toMatchObject({ value: { id: adopted!.id } });
  expect(adopted!.url).toBe(`${TARGET}?token=old`);
  expect(adopted!.subscriptions).toContain('conversation_typing_off');
});

test('of two webhooks to us with different events the one that sends most is completed, and both are let in', async () => {
  const client = clientOf();
  await client.createWebhook({ url: `${TARGET}/`, subscriptions: ['contact_created'] });
  const many = ['message_created', 'message_updated', 'conversation_created'];
  const mine = await client.createWebhook({ url: TARGET, subscriptions: many });
  const result = await registerWebhook(client, { target: TARGET, token: 'unused', version: '4.15.1' });
  expect(result).toMatchObject({ outcome: 'registered', how: 'updated', others: [{ url: `${TARGET}/` }] });
  const [few, completed] = await hooks();
  expect(few!.subscriptions).toEqual(['contact_created']);
  expect(mine).toMatchObject({ value: { id: completed!.id } });
  expect(completed!.subscriptions).toContain('conversation_typing_off');
});

test('of two webhooks of a Chatwoot that cannot sign both get the token', async () => {
  const old = await startChatwoot({ version: '4.11.0' });
  try {
    const client = clientOf(old.apiToken, String(old.accountId), old.url);
    await client.createWebhook({ url: `${TARGET}?from=test`, subscriptions: ['message_created'] });
    await client.createWebhook({ url: TARGET, subscriptions: ['contact_created', 'message_created'] });
    const result = await registerWebhook(client, { target: TARGET, token: 't0ken', version: '4.11.0' });
    expect(result.outcome).toBe('registered');
    const listed = await client.listWebhooks();
    if (listed.outcome !== 'ok') throw new Error(listed.outcome);
    expect(listed.value.map(({ url }) => url)).toEqual([
      `${TARGET}?from=test&token=t0ken`,
      `${TARGET}?token=t0ken`,
    ]);
    const again = await registerWebhook(client, { target: TARGET, token: 't0ken', version: '4.11.0' });
    expect(again).toMatchObject({ how: 'adopted' });
  } finally {
    await old.stop();
  }
});

test('a Chatwoot that cannot sign gets the token into the address', async () => {
  const real = clientOf();
  const unsigned = {
    ...real,
    listWebhooks: async () => {
      const listed = await real.listWebhooks();
      return listed.outcome === 'ok'
        ? { ...listed, value: listed.value.map((hook) => ({ ...hook, secret: null })) }
        : listed;
    },
    createWebhook: async (webhook: { url: string; subscriptions: string[] }) => {
      const created = await real.createWebhook(webhook);
      return created.outcome === 'ok' ? { ...created, value: { ...created.value, secret: null } } : created;
    },
    updateWebhook: async (id: number, webhook: { url: string; subscriptions: string[] }) => {
      const updated = await real.updateWebhook(id, webhook);
      return updated.outcome === 'ok' ? { ...updated, value: { ...updated.value, secret: null } } : updated;
    },
  };
  const result = await registerWebhook(unsigned, { target: TARGET, token: 'a b&c', version: null });
  expect(result).toMatchObject({ outcome: 'registered', webhook: { secret: null } });
  expect((await hooks())[0]!.url).toBe(`${TARGET}?token=a%20b%26c`);
  expect(await registerWebhook(unsigned, { target: TARGET, token: 'a b&c', version: null })).toMatchObject({
    how: 'adopted',
  });
  expect(await hooks()).toHaveLength(1);
});

test('every refusal is one line that says what to do', async () => {
  const oneLine = async (env: Record<string, string>, code: number, text: string) => {
    const run = await connect(env);
    expect(run.code, run.output).toBe(code);
    expect(run.stdout).toBe('');
    expect(run.output.trim().split('\n')).toHaveLength(1);
    expect(run.output).toContain(text);
    expect(run.output).not.toContain('token-of-nobody');
  };
  await oneLine({ CHATWOOT_API_TOKEN: 'token-of-nobody' }, 1, '(401)');
  await oneLine({ CHATWOOT_BASE_URL: `http://127.0.0.1:${await freePort()}` }, 1, 'ECONNREFUSED');
  await oneLine({ APP_URL: '' }, 78, 'APP_URL');
  const nothing = {
    AGENT_SDK_URL: '',
    CHATWOOT_BASE_URL: '',
    CHATWOOT_ACCOUNT_ID: '',
    CHATWOOT_API_TOKEN: '',
  };
  await oneLine(nothing, 78, 'CHATWOOT_BASE_URL');
  await chatwoot.setMode('status', { status: 403 });
  await oneLine({}, 1, '(403)');
  await chatwoot.setMode('status', { status: 404 });
  await oneLine({}, 1, '(404)');
  await chatwoot.setMode('status', { status: 502 });
  await oneLine({}, 1, 'it answered 502');
  await chatwoot.setMode('ok');
  expect((await runToEnd(['app/cli/connect-chatwoot.ts', '--force'], {})).code).toBe(2);
  await expect(stat(path.join(dataDir, 'secrets'))).rejects.toThrow();
});

test('changes nothing in Chatwoot that it could not put on record', async () => {
  const stopped = `postgresql://nobody@127.0.0.1:${await freePort()}/none`;
  const run = await connect({ DATABASE_URL: stopped });
  expect(run).toMatchObject({ code: 1, stdout: '' });
  expect(run.output).toContain('No PostgreSQL listens');
  expect(await hooks()).toEqual([]);
});

test('the client tells apart what can go wrong', async () => {
  expect(await clientOf('wrong').listWebhooks()).toEqual({ outcome: 'unauthorized' });
  expect(await clientOf().createWebhook({ url: TARGET, subscriptions: ['no_such_event'] })).toEqual({
    outcome: 'invalid',
    detail: 'Subscriptions Invalid events',
  });
  expect(await clientOf().updateWebhook(4711, { url: TARGET, subscriptions: ['message_created'] })).toEqual({
    outcome: 'not_found',
  });
  expect(await clientOf().version()).toEqual({ outcome: 'ok', value: '4.15.1' });
  await chatwoot.setMode('slow', { slowMs: 60_000 });
  const impatient = createChatwootClient({
    baseUrl: chatwoot.url,
    accountId: '2',
    apiToken: 'x',
    timeoutMs: 50,
  });
  expect(await impatient.listWebhooks()).toEqual({ outcome: 'unreachable', detail: 'no answer in time' });
});

test('events by version, and addresses that Chatwoot would refuse', () => {
  expect(subscriptionsFor('4.1.0')[0]).not.toContain('conversation_typing_on');
  for (const version of ['4.2.0', '4.15.1', '5.0.0', null, 'nightly'])
    expect(subscriptionsFor(version)[0]).toContain('conversation_typing_on');
  expect(addressWords('https://outage.example.com', '4.15.1', null)).toEqual([]);
  expect(addressWords('http://outage.example.com', '4.15.1', null).join()).toContain('unencrypted');
  expect(addressWords('http://10.0.0.4', '4.14.0', '10.0.0.4').join()).toContain('not a public address');
  // Before 4.14 it posts anywhere.
  for (const version of ['4.13.9', '3.16.0', null])
    expect(addressWords('http://10.0.0.4', version, '10.0.0.4')).toEqual([]);
});

test('the page beside the conversations is offered, added once when it is asked for, and removed', async () => {
  const apps = async () => {
    const listed = await clientOf().listDashboardApps();
    return listed.outcome === 'ok' ? listed.value.map(({ title, urls }) => [title, ...urls]) : listed;
  };
  expect((await connect()).stdout).toContain('run this again with --dashboard-app');
  expect(await apps()).toEqual([]);
  expect((await connect({}, ['--dashboard-app'])).stdout).toContain(
    'stands beside the conversations in Chatwoot now',
  );
  expect((await connect({}, ['--dashboard-app'])).code).toBe(0);
  expect(await apps()).toEqual([['Outage Center', 'https://outage.example.com/embed']]);
  expect((await connect({}, ['--remove-dashboard-app'])).stdout).toContain('is removed');
  expect(await apps()).toEqual([]);
  const rows = await services.db.prisma.auditEntry.findMany({
    where: { action: { startsWith: 'dashboard_app' } },
  });
  expect(rows.map(({ action, target }) => `${action} ${target}`)).toEqual([
    'dashboard_app.add https://outage.example.com/embed',
    'dashboard_app.remove https://outage.example.com/embed',
  ]);
});

test('a page that is wished and cannot be added or removed is a failure; one that nobody wished is not spoken of', async () => {
  const front = await startFront(chatwoot.url);
  try {
    front.answer(({ path: asked }, pass) =>
      asked.endsWith('/dashboard_apps')
        ? { status: 404, body: { error: 'Resource could not be found' } }
        : pass(),
    );
    const env = { CHATWOOT_BASE_URL: front.url };
    for (const wish of ['--dashboard-app', '--remove-dashboard-app']) {
      const failed = await connect(env, [wish]);
      expect([failed.code, failed.output], wish).toEqual([
        1,
        expect.stringContaining(
          'The page beside the conversations was not changed. Chatwoot does not know it',
        ) as string,
      ]);
    }
    const plain = await connect(env);
    expect([plain.code, plain.output.includes('beside')]).toEqual([0, false]);
  } finally {
    await front.stop();
  }
  const both = await connect({}, ['--dashboard-app', '--remove-dashboard-app']);
  expect([both.code, both.output]).toEqual([2, expect.stringContaining('cannot both be wished') as string]);
});
