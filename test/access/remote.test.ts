import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { runToEnd, startApp, type AppProcess } from '../support/app-process.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson } from '../support/sign-in.ts';
import { makeToken } from './make-token.ts';

let services: TestServices;
let agent: AgentService;
let app: AppProcess;
let env: Record<string, string>;

beforeAll(async () => {
  services = await createTestServices();
  agent = await startAgent();
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
  });
  await app.ready();
  const owner = await addPerson(services.databaseUrl, 'responder', 'Rob');
  const token = await makeToken(services, owner, ['page.read', 'dead_letters.replay']);
  // No database of their own: what they say comes from the app.
  env = { DATABASE_URL: 'postgresql://nobody:x@127.0.0.1:9/none', OUTAGE_CENTER_TOKEN: token };
});
afterAll(async () => {
  await app.kill('SIGTERM');
  await agent.stop();
  await services.close();
});

test('ops:status and ops:replay-dlq act on a remote app', async () => {
  const entries = await insertEvents(services, { count: 3 });
  const status = await runToEnd(['app/cli/status.ts', '--json', '--url', app.url], env);
  expect(JSON.parse(status.stdout)).toMatchObject({ deadLetters: { open: 3 }, processes: { worker: 1 } });

  const dry = await runToEnd(['app/cli/replay-dlq.ts', '--all', '--dry-run', '--url', app.url], env);
  expect(dry.code).toBe(0);
  expect(dry.stdout).toContain('Would replay 3 dead letters');

  const args = ['app/cli/replay-dlq.ts', '--id', String(entries[0]!.id), '--url', app.url];
  const done = await runToEnd(args, env);
  expect(done.output).toContain('1 of 1 delivered');
  expect(done.code).toBe(0);
  expect((await runToEnd(args, env)).stdout).toContain('Already replayed');
  const unknown = await runToEnd(['app/cli/replay-dlq.ts', '--id', '999999', '--url', app.url], env);
  expect([unknown.code, unknown.stdout]).toEqual([1, 'There is no dead letter with that number.\n']);
  const entry = await services.db.prisma.auditEntry.findFirstOrThrow({
    where: { action: { startsWith: 'dead_letters.replay' } },
  });
  expect([entry.via, entry.actorName]).toEqual(['token', 'a test (token of Rob)']);
});

test('a token that may not read texts cannot choose by what they say', async () => {
  await insertEvents(services, { count: 2, content: 'Where is my parcel' });
  for (const action of ['plan', 'replay', 'discard']) {
    const response = await fetch(`${app.url}/api/dead-letters/${action}`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${env.OUTAGE_CENTER_TOKEN}`,
        Accept: 'application/json',
        'Content-Type': 'application/x-www-form-urlencoded',
      },
      body: 'scope=filter&text=parcel&reason=x',
    });
    expect(response.status, action).toBe(403);
    expect(await response.text()).not.toMatch(/\b2\b/);
  }
  expect(
    await services.db.prisma.delivery.count({ where: { state: 'dead', replayId: null } }),
  ).toBeGreaterThanOrEqual(2);
});

test.each([
  ['without a token', { OUTAGE_CENTER_TOKEN: '' }, 2, /OUTAGE_CENTER_TOKEN/],
  ['with a token that is none', { OUTAGE_CENTER_TOKEN: 'oc_none' }, 1, /does not exist/],
])('%s it says so in one line', async (_name, more, expected, sentence) => {
  const { code, output } = await runToEnd(['app/cli/status.ts', '--url', app.url], { ...env, ...more });
  expect(code).toBe(expected);
  expect(output).toMatch(sentence);
  expect(output.trim().split('\n')).toHaveLength(1);
});

test('an app that does not answer is said not to', async () => {
  const { code, output } = await runToEnd(['app/cli/status.ts', '--url', 'http://127.0.0.1:9'], env);
  expect(code).toBe(1);
  expect(output).toMatch(/does not answer/);
});
