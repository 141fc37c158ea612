import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { SUBSCRIBABLE_EVENTS } from '../../app/sandbox/chatwoot/webhooks/webhook-sender.ts';
import { createChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { makeToken } from '../access/make-token.ts';
import { insertIncident } from '../report/report-world.ts';
import { runToEnd, startApp, type AppProcess } from '../support/app-process.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, type TestPerson } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

let services: TestServices;
let agent: AgentService;
let chatwoot: Chatwoot;
let app: AppProcess;
let owner: TestPerson;

beforeAll(async () => {
  services = await createTestServices();
  agent = await startAgent();
  chatwoot = await startChatwoot({ webhookConcurrency: 1 });
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    RECONCILE_SETTLE: '0s',
  });
  await app.ready();
  owner = await addPerson(services.databaseUrl, 'responder', 'Rob');
}, 120_000);
afterAll(async () => {
  await app.kill('SIGTERM');
  await chatwoot.stop();
  await agent.stop();
  await services.close();
});

/** A command on a machine that has neither the app's database nor its settings. */
async function asTokenOf(...permissions: string[]) {
  const token = await makeToken(services, owner, permissions);
  return (command: string, ...args: string[]) =>
    runToEnd([`app/cli/${command}.ts`, ...args, '--url', app.url], {
      DATABASE_URL: 'postgresql://nobody:x@127.0.0.1:9/none',
      OUTAGE_CENTER_TOKEN: token,
    });
}

test('ops:fallback switches a remote app, and is told what the app refuses', async () => {
  const ops = await asTokenOf('page.read', 'fallback.toggle');
  const on = await ops('fallback', 'on', '--reason', 'AI drafts are wrong');
  expect([on.code, on.output]).toEqual([0, expect.stringContaining('Fallback mode is on.')]);
  expect(await ops('fallback', 'on', '--reason', 'me too')).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^Nothing done: fallback mode is on since .* UTC, by a test/) as string,
  });
  await insertEvents(services, { state: 'pending', conversation: 1, signal: 'customer_message' });
  const status = await ops('fallback', 'status', '--json');
  expect(JSON.parse(status.stdout)).toMatchObject({
    state: 'on',
    reason: 'AI drafts are wrong',
    waiting: { held: 1 },
    checklist: { open: true },
  });
  expect((await ops('fallback', 'status')).stdout).toMatch(
    /^Fallback mode is ON since .*1 delivery is held/s,
  );

  const refused = await ops('fallback', 'off', '--reason', 'repaired');
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.output).toMatch(/^Nothing done: the restore checklist is open \(Chatwoot[^\n]+\n$/);
  const off = await ops('fallback', 'off', '--reason', 'repaired', '--override', 'customers wait', '--json');
  expect([off.code, JSON.parse(off.stdout)]).toEqual([
    0,
    expect.objectContaining({ outcome: 'switched', state: 'off', held: 1 }),
  ]);
  expect(await services.db.prisma.fallbackRun.findMany()).toMatchObject([
    { reason: 'AI drafts are wrong', endReason: 'repaired', overrideReason: 'customers wait' },
  ]);

  const reader = await asTokenOf('page.read');
  expect(await reader('fallback', 'on', '--reason', 'x')).toMatchObject({
    code: 1,
    stdout: '',
    output: expect.stringMatching(/does not allow this[^\n]*\n$/) as string,
  });
}, 60_000);

test('ops:report prints the report of a remote app', async () => {
  const incident = String(await insertIncident(services));
  const ops = await asTokenOf('page.read');
  const markdown = await ops('report', '--incident', incident);
  expect(markdown).toMatchObject({ code: 0, stdout: markdown.output });
  expect(markdown.stdout).toMatch(/^# Incident report \d+: Chatwoot does not answer\n/);
  expect(markdown.stdout).toContain('- **Start:** 2026-09-22 05:00:00 UTC, the first failed check');
  const json = await ops('report', '--incident', incident, '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    incident: { id: Number(incident) },
  });
  expect(await ops('report', '--incident', '999')).toMatchObject({
    code: 1,
    stdout: '',
    output: 'There is no incident with that number.\n',
  });
}, 60_000);

test('ops:reconcile has a remote app compare, and waits for what it finds', async () => {
  const ops = await asTokenOf('page.read', 'reconcile.run');
  const { store, webhooks } = chatwoot;
  const client = createChatwootClient({
    baseUrl: chatwoot.url,
    accountId: String(chatwoot.accountId),
    apiToken: chatwoot.apiToken,
  });
  const target = `${app.url}/api/webhooks/chatwoot`;
  const hook = await client.createWebhook({ url: target, subscriptions: [...SUBSCRIBABLE_EVENTS] });
  if (hook.outcome !== 'ok') throw new Error(hook.outcome);
  const talk = store.startConversation();
  const says = () =>
    store.addMessage(talk, { type: 'incoming', content: 'Hello', private: false, sender: talk.contact });
  says();
  await webhooks.idle();
  // Nothing says where to what was lost went: the address leads nowhere for a while.
  await client.updateWebhook(hook.value.id, {
    url: 'http://127.0.0.1:9/',
    subscriptions: [...SUBSCRIBABLE_EVENTS],
  });
  says();
  await webhooks.idle();

  const done = await ops('reconcile', '--since', '1h');
  expect([done.code, done.output]).toEqual([0, expect.stringContaining('1 message never reached us at')]);
  const known = await ops('reconcile', '--status', '--json');
  expect([known.code, JSON.parse(known.stdout)]).toEqual([
    0,
    expect.objectContaining({ state: 'compared', lost: 1 }),
  ]);
  await chatwoot.setMode('down');
  await until('it fails', async () => (await ops('reconcile')).code === 1, 30_000);
}, 90_000);

describe('at the address is something else', () => {
  let server: Server;
  let answer: RequestListener;
  beforeAll(async () => {
    server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => server.close());

  test.each<[string, RequestListener, RegExp]>([
    ['a page', (_, to) => to.writeHead(200).end('<h1>Welcome</h1>'), /is no Outage Center/],
    ['other JSON', (_, to) => to.writeHead(200).end('{"ok":true}'), /does not understand/],
    [
      'a redirect',
      (_, to) => to.writeHead(301, { Location: 'https://elsewhere.example/' }).end(),
      /leads to https:\/\/elsewhere\.example/,
    ],
    ['a proxy whose app is down', (_, to) => to.writeHead(502).end('Bad gateway'), /answered 502/],
    [
      'a connection that breaks',
      (_, to) => void to.writeHead(200, { 'Content-Length': '99' }).write('{', () => to.destroy()),
      /does not answer/,
    ],
  ])('%s: one line, and not the token', async (_name, listener, sentence) => {
    answer = listener;
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const run = await runToEnd(['app/cli/status.ts', '--url', url], { OUTAGE_CENTER_TOKEN: 'oc_secret' });
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.output).toMatch(sentence);
    expect(run.output.trim().split('\n')).toHaveLength(1);
    expect(run.output).not.toContain('oc_secret');
  });
});
