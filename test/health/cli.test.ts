import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { runToEnd } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';

let chatwoot: Chatwoot;
let agent: AgentService;
let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  chatwoot = await startChatwoot();
  agent = await startAgent();
  env = {
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    AGENT_SDK_URL: agent.url,
    HEALTH_TIMEOUT: '1s',
    // Neither of the two commands may need it.
    DATABASE_URL: 'postgresql://me:hunter2@127.0.0.1:1/none',
  };
});
afterAll(async () => {
  await chatwoot.stop();
  await agent.stop();
});
beforeEach(async () => {
  folder = await makeQuickFolder('cli');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await chatwoot.setMode('ok');
  chatwoot.setServices('ok');
  await agent.setMode('ok');
});

/** Runs a command in a folder of its own: what it writes, it writes there. */
async function run(name: string, more: Record<string, string> = {}, ...args: string[]) {
  const file = path.resolve(import.meta.dirname, '../../app/cli', name);
  const child = spawn(process.execPath, [file, ...args], {
    cwd: folder,
    env: {
      NODE_ENV: 'production',
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      DATA_DIR: folder,
      ...more,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}
const check = (more: Record<string, string> = {}, ...args: string[]) =>
  run('check-chatwoot-health.ts', { ...env, ...more }, ...args);
const artifacts = () => readdir(path.join(folder, 'artifacts/ops'));

describe('ops:check-chatwoot-health', () => {
  test('one line a probe, a file, and 0 when all pass', async () => {
    const { code, stdout, stderr } = await check();
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^\/health: OK \(200\) in \d+ ms\n\/api: OK \(200\) in \d+ ms\n\/api\/v1\/profile: OK \(200\) in \d+ ms\nwebhook: not compared, .*\nKept in artifacts/,
    );
    const [file, ...others] = await artifacts();
    expect(others).toEqual([]);
    expect(file).toMatch(/^chatwoot_health_\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z\.json$/);
    const text = await readFile(path.join(folder, 'artifacts/ops', file!), 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      ok: true,
      chatwoot: chatwoot.url,
      probes: [
        { probe: 'chatwoot.live', status: 200 },
        { probe: 'chatwoot.api' },
        { probe: 'chatwoot.auth' },
      ],
    });
    expect(text).not.toContain(chatwoot.apiToken);
    expect((await check()).code).toBe(0);
    expect(await artifacts()).toHaveLength(2);
  });

  test.each([
    ['it was deleted', 'ok', 'Chatwoot has no webhook at all'],
    ['the list cannot be read', 'unreadable', 'cannot list its webhooks (500)'],
    ['the list is empty while its address is taken', 'empty', 'address is taken and does not list it'],
  ] as const)('the registration is read and named: %s', async (name, listing, words) => {
    const webhook = {
      url: 'http://127.0.0.1:3999/api/webhooks/chatwoot',
      subscriptions: ['message_created', 'conversation_created', 'conversation_status_changed'],
    };
    const APP_URL = 'http://127.0.0.1:3999';
    const { accountId, apiToken, url: baseUrl, registrations } = chatwoot;
    const client = createChatwootClient({ baseUrl, accountId: String(accountId), apiToken });
    const made = await client.createWebhook(webhook);
    if (made.outcome !== 'ok') throw new Error(made.outcome);
    const fine = await check({ APP_URL });
    expect(fine.stdout).toMatch(/\nwebhook: OK \(Chatwoot's webhook \d+ leads to us, with every event/);
    expect(fine.code).toBe(0);
    registrations.setListing(listing);
    if (name === 'it was deleted') registrations.remove(made.value.id);
    const { code, stdout, stderr } = await check({ APP_URL });
    registrations.setListing('ok');
    registrations.remove(made.value.id);
    expect(code).toBe(1);
    expect(stdout).toContain(`webhook: FAILED`);
    expect(stdout).toContain(words);
    expect(stderr).toContain(words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    // Asking changed nothing there.
    expect(registrations.hooks()).toEqual([]);
  });

  test('the path of the settings is the one that is asked', async () => {
    const { code, stdout, stderr } = await check({ CHATWOOT_HEALTH_PATH: '/rails/health' });
    expect(code).toBe(1);
    expect(stdout).toContain('/rails/health: FAILED (404 at /rails/health: no Chatwoot there');
    expect(stderr).toContain('CHATWOOT_HEALTH_PATH');
  });

  test.each([
    ['down', /\/rails\/health: FAILED \(refuses the connection\)/],
    ['status', /\/rails\/health: FAILED \(503 in \d+ ms at \/rails\/health\)/],
    ['slow', /\/rails\/health: FAILED \(does not answer \(timeout after 1 s; connected after \d+ ms\)\)/],
  ] as const)('1 and the reason when Chatwoot is %s', async (mode, line) => {
    await chatwoot.setMode(mode);
    const { code, stdout, stderr } = await check();
    expect(code).toBe(1);
    expect(stdout).toMatch(line);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('Health check failed: /rails/health ');
    expect(await artifacts()).toHaveLength(1);
  });

  test("1 when Chatwoot's own parts fail though it answers 200, and when it refuses the token", async () => {
    chatwoot.setServices('queue_failing');
    const parts = await check();
    expect(parts.code).toBe(1);
    expect(parts.stdout).toMatch(/\/health: OK \(200\)/);
    expect(parts.stdout).toMatch(
      /\/api: FAILED \(200 in \d+ ms at \/api, but Chatwoot says that its queue \(Redis\) fails\)/,
    );
    chatwoot.setServices('ok');
    const refused = await check({ CHATWOOT_API_TOKEN: 'hunter3' });
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(
      /\/api\/v1\/profile: FAILED \(401 in \d+ ms at \/api\/v1\/profile: CHATWOOT_API_TOKEN is refused\)/,
    );
    expect(`${refused.stdout}${refused.stderr}`).not.toContain('hunter3');
  });

  test('--all also asks the others; the Agent service alone does not fail the check of Chatwoot', async () => {
    await agent.setMode('down');
    expect((await check()).code).toBe(0);
    const { code, stdout } = await check({}, '--all', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      probes: [{}, {}, {}, { probe: 'agent', outcome: 'failed' }],
    });
  });

  test('wrong settings and wrong usage are named, and nothing is written', async () => {
    expect(await run('check-chatwoot-health.ts')).toMatchObject({
      code: 78,
      stdout: '',
      stderr: expect.stringContaining('set CHATWOOT_BASE_URL') as string,
    });
    expect(await check({ CHATWOOT_ACCOUNT_ID: 'shop' })).toMatchObject({ code: 78 });
    expect(await check({}, '--everything')).toMatchObject({ code: 2 });
    await expect(artifacts()).rejects.toThrow();
  });

  test('a file that cannot be written is a failure of its own', async () => {
    await writeFile(path.join(folder, 'artifacts'), '');
    const { code, stdout, stderr } = await check();
    expect(code).toBe(1);
    expect(stdout).toContain('/health: OK (200)');
    expect(stderr).toContain('cannot be written');
  });
});

describe('ops:diagnose', () => {
  let services: TestServices;
  beforeAll(async () => {
    services = await createTestServices();
  });
  afterAll(() => services.close());
  const diagnose = (more: Record<string, string> = {}, ...args: string[]) =>
    runToEnd(['app/cli/diagnose.ts', ...args], {
      ...env,
      DATA_DIR: folder,
      DATABASE_URL: services.databaseUrl,
      ...more,
    });

  test('says what is wrong, each with its next step', async () => {
    await agent.setMode('status', { status: 503 });
    const { code, stdout, output } = await diagnose();
    expect(output).toBe(stdout);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^Who answers\n {2}ok {5}Chatwoot: 200 at \d\d:\d\d:\d\d UTC from \/health after \d+ ms\./,
    );
    expect(stdout).toMatch(
      /WRONG {2}Agent service: 503 at .*\n {9}→ The Agent service runs but fails: look at its logs\./,
    );
    expect(stdout).toMatch(/DNS, TCP and TLS\n {2}ok {5}127\.0\.0\.1 is/);
    expect(stdout).toContain('Chatwoot has no webhook at all');
    expect(stdout).toContain('npm run ops:connect-chatwoot');
    expect(stdout).toContain('No dead letter is open.');
    expect(stdout).toMatch(/WRONG {2}Test event to the Agent service: 503/);
    expect(stdout).not.toContain(chatwoot.apiToken);
    expect(
      await services.db.prisma.auditEntry.findMany({ where: { action: 'agent.test_event' } }),
    ).toMatchObject([{ actorId: expect.stringMatching(/^cli:/) as string }]);
  });

  test('that nothing complains is no proof: without a webhook ever it is not fine', async () => {
    const { code, stdout } = await diagnose({}, '--no-test-event');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /Do messages arrive\n {2}WRONG {2}Not proved: no webhook has ever come.*\n.*ops:connect-chatwoot/,
    );
  });

  test('--json, without the test event, and 0 when nothing is wrong', async () => {
    // The app runs, and webhooks came.
    await services.db.pool.query('UPDATE arrival_watch SET expect_since = now(), first_webhook_at = now()');
    await services.db.pool.query(
      `INSERT INTO processes (id, role, host, pid, started_at, last_seen) VALUES ($1, 'all', 'here', 1, now(), now() + interval '1 day')`,
      [services.processId],
    );
    const before = agent.records.acceptedCount();
    await fetch(`${chatwoot.url}/api/v1/accounts/2/webhooks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', api_access_token: chatwoot.apiToken },
      body: JSON.stringify({
        url: 'http://127.0.0.1:3000/api/webhooks/chatwoot',
        subscriptions: ['message_created', 'conversation_created', 'conversation_status_changed'],
      }),
    });
    const secret = await listedSecret();
    const { code, stdout } = await diagnose({ CHATWOOT_WEBHOOK_SECRET: secret }, '--json', '--no-test-event');
    const printed = JSON.parse(stdout) as {
      ok: boolean;
      findings: { what: string; ok: boolean; evidence: string }[];
    };
    expect(printed.findings.filter((finding) => !finding.ok)).toEqual([]);
    expect(code).toBe(0);
    expect([...new Set(printed.findings.map(({ what }) => what))]).toEqual([
      'scope',
      'connectivity',
      'dependencies',
      'signature',
      'arrival',
      'deliveries',
    ]);
    expect(stdout).not.toContain(secret);
    expect(agent.records.acceptedCount()).toBe(before);
  });

  test('without the database it goes on, and says what it could not look at', async () => {
    const { code, stdout } = await diagnose({ DATABASE_URL: env.DATABASE_URL! }, '--no-test-event');
    expect(code).toBe(1);
    expect(stdout).toContain('Chatwoot: 200');
    expect(stdout).toContain('WRONG  No PostgreSQL listens at the address in DATABASE_URL.');
    expect(stdout).not.toContain('hunter2');
  });

  test('nothing to diagnose without a connection', async () => {
    expect(await run('diagnose.ts')).toMatchObject({ code: 78, stdout: '' });
    expect(await diagnose({}, '--loud')).toMatchObject({ code: 2 });
  });

  async function listedSecret(): Promise<string> {
    const listed = await fetch(`${chatwoot.url}/api/v1/accounts/2/webhooks`, {
      headers: { api_access_token: chatwoot.apiToken },
    });
    const { payload } = (await listed.json()) as { payload: { webhooks: { secret: string }[] } };
    return payload.webhooks[0]!.secret;
  }
});
