import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  investigate,
  investigateOutage,
} from '../../app/features/health/investigations/investigate.server.ts';
import { compareWebhook } from '../../app/features/health/investigations/signature.server.ts';
import { parseConfig, type Config } from '../../app/lib/settings/config.ts';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { readBody, sendJson, startHttpServer } from '../../app/sandbox/sandbox-server.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

const NOW = new Date('2026-03-02T05:12:07Z');
const APP_URL = 'https://outage.example.com';
const ENDPOINT = `${APP_URL}/api/webhooks/chatwoot`;
const AGENT_SECRET = 'whsec_c2l4dGVlbiBieXRlcyBhbmQgbW9yZQ==';

let chatwoot: Chatwoot;
let agent: AgentService;
let services: TestServices;
beforeAll(async () => {
  chatwoot = await startChatwoot();
  agent = await startAgent({ secret: AGENT_SECRET });
  services = await createTestServices({
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    AGENT_SDK_URL: agent.url,
    AGENT_SDK_WEBHOOK_SECRET: AGENT_SECRET,
    HEALTH_TIMEOUT: '1s',
  });
});
afterAll(async () => {
  await services.close();
  await chatwoot.stop();
  await agent.stop();
});
afterEach(async () => {
  await chatwoot.setMode('ok');
  await agent.setMode('ok');
});

const ask = (what: Parameters<typeof investigateOutage>[1]['what'], more: Partial<Config> = {}) =>
  investigateOutage({ ...services, config: { ...services.config, ...more } }, { what, now: NOW });

describe('scope', () => {
  test('who answers what, with status, time, path and duration', async () => {
    const { ok, evidence } = await ask('scope');
    expect(ok).toBe(true);
    expect(evidence).toMatch(/Chatwoot: 200 at 05:12:07 UTC from \/health after \d+ ms\./);
    expect(evidence).toMatch(/Agent service: 200 at 05:12:07 UTC from \/health after \d+ ms\./);
  });

  test('what is wrong comes first, with its next step', async () => {
    await agent.setMode('status', { status: 503 });
    const { ok, evidence } = await ask('scope');
    expect(ok).toBe(false);
    expect(evidence).toMatch(
      /^Agent service: 503 at 05:12:07 UTC from \/health after \d+ ms\. Chatwoot: 200/,
    );
    await chatwoot.setMode('down');
    const findings = await investigate(services, 'scope', NOW);
    expect(findings.find(({ title }) => title === 'Chatwoot')).toMatchObject({
      ok: false,
      evidence: 'Chatwoot: refuses the connection (05:12:07 UTC).',
      nextStep: expect.stringContaining('docker logs chatwoot-web --tail 100') as string,
    });
  });

  test("the vendor's status page is read when there is one", async () => {
    const page = await startHttpServer((_request, response) =>
      sendJson(response, 200, { status: { indicator: 'major', description: 'Major outage' } }),
    );
    const { ok, evidence } = await ask('scope', { CHATWOOT_STATUS_PAGE_URL: page.url });
    expect(ok).toBe(false);
    expect(evidence).toContain(`Chatwoot's status page says "Major outage" at 05:12:07 UTC.`);
    await page.shut();
    expect((await ask('scope', { CHATWOOT_STATUS_PAGE_URL: page.url })).evidence).not.toContain(
      'status page',
    );
  });
});

describe('connectivity', () => {
  test('name, connection', async () => {
    const { ok, evidence } = await ask('connectivity');
    expect(ok).toBe(true);
    expect(evidence).toMatch(
      /127\.0\.0\.1 is 127\.0\.0\.1 \(DNS \d+ ms\), port \d+ takes connections \(\d+ ms\)/,
    );
  });

  test('a name that does not exist', async () => {
    const connection = { ...services.config.connection!, chatwootUrl: 'https://chatwoot.invalid' };
    const { ok, evidence } = await ask('connectivity', { connection });
    expect(ok).toBe(false);
    expect(evidence).toMatch(/^chatwoot\.invalid cannot be resolved \((ENOTFOUND|EAI_AGAIN)\)/);
  });

  test('no TLS where https is expected', async () => {
    const connection = { ...services.config.connection!, agentUrl: agent.url.replace('http:', 'https:') };
    const { ok, evidence } = await ask('connectivity', { connection });
    expect(ok).toBe(false);
    expect(evidence).toContain('no secure connection');
  });
});

test('dependencies: PostgreSQL, Chatwoot by its own word, additional targets', async () => {
  const HEALTH_TARGETS = [{ name: 'Redis', url: 'tcp://127.0.0.1:9' }];
  const { ok, evidence } = await ask('dependencies', { HEALTH_TARGETS });
  expect(ok).toBe(false);
  expect(evidence).toMatch(/^Redis: refuses the connection/);
  expect(evidence).toContain('queue ok, data ok');
  expect(evidence).toMatch(/Database: answers in \d+ ms/);
});

describe('signature', () => {
  const secrets = ['whose', 'mine'];
  const expected = {
    endpoint: ENDPOINT,
    path: '/api/webhooks/chatwoot',
    proofs: { secrets, tokens: [] as string[], complete: true },
    allowUnsigned: false,
  };
  const proofs = (changes: Partial<typeof expected.proofs>) => ({
    ...expected,
    proofs: { ...expected.proofs, ...changes },
  });
  const all = ['message_created', 'conversation_created', 'conversation_status_changed'];
  const webhook = { id: 3, url: ENDPOINT, subscriptions: all, secret: 'mine' };

  test.each([
    ['the right secret', [webhook], expected, true, 'webhook 3 signs with a secret that this app has'],
    [
      'another secret',
      [{ ...webhook, secret: 'hunter2' }],
      expected,
      false,
      'does not have: every webhook is refused',
    ],
    ['none at all', [], expected, false, 'no webhook at all'],
    ['others', [{ ...webhook, url: 'https://else.example.com/' }], expected, false, '1 webhook, but none'],
    [
      'too few events',
      [{ ...webhook, subscriptions: ['message_created'] }],
      expected,
      false,
      'does not send conversation_created',
    ],
    ['nothing known here', [webhook], proofs({ secrets: [] }), false, 'does not have'],
    ['nothing asked for here', [webhook], { ...expected, allowUnsigned: true }, false, 'from anybody'],
    ['unreadable here', [{ ...webhook, secret: 'x' }], proofs({ complete: false }), false, '(503)'],
    ['hidden secret', [{ ...webhook, secret: null }], expected, false, 'shows no secret'],
    [
      'a token in the address',
      [{ ...webhook, secret: null, url: `${ENDPOINT}?token=t0ken` }],
      proofs({ tokens: ['t0ken'] }),
      true,
      'carries the token',
    ],
    [
      'another token in the address',
      [{ ...webhook, secret: null, url: `${ENDPOINT}?token=0ld` }],
      proofs({ tokens: ['t0ken'] }),
      false,
      'another token',
    ],
    [
      'one slash too many, which the endpoint takes',
      [{ ...webhook, url: `${APP_URL}//api/webhooks/chatwoot/` }],
      expected,
      true,
      'webhook 3 signs',
    ],
    [
      'two that share the events',
      [
        { ...webhook, subscriptions: all.slice(1) },
        { ...webhook, id: 4, url: `${ENDPOINT}?two`, subscriptions: all.slice(0, 1), secret: 'whose' },
      ],
      expected,
      true,
      'webhook 3 signs with a secret that this app has',
    ],
    [
      'two that lack an event together',
      [webhook, { ...webhook, id: 4 }].map((one) => ({ ...one, subscriptions: all.slice(0, 2) })),
      expected,
      false,
      '2 webhooks of Chatwoot lead here and do not send conversation_status_changed',
    ],
    [
      'one that is refused beside one that sends all',
      [
        { ...webhook, secret: 'hunter2' },
        { ...webhook, id: 4 },
      ],
      expected,
      true,
      "webhook 4 signs with a secret that this app has. Chatwoot's webhook 3 signs with a secret that this app does not have",
    ],
    [
      'one that is refused and alone has the messages',
      [
        { ...webhook, secret: 'hunter2' },
        { ...webhook, id: 4, subscriptions: all.slice(1) },
      ],
      expected,
      false,
      'webhook 3 signs with a secret that this app does not have',
    ],
    ['APP_URL not set', [webhook], { ...expected, endpoint: null }, true, 'webhook 3'],
  ])('%s', (_name, listed, wanted, ok, words) => {
    const compared = compareWebhook(listed, wanted);
    expect(compared.ok).toBe(ok);
    expect(compared.evidence).toContain(words);
    expect(compared.nextStep === null).toBe(ok);
    for (const secret of ['whose', 'mine', 'hunter2', 't0ken', '0ld']) {
      expect(`${compared.evidence} ${compared.nextStep}`).not.toMatch(new RegExp(`\\b${secret}\\b`));
    }
  });

  test("asks Chatwoot's own list, and counts what was refused in the last hour", async () => {
    const settings = {
      APP_URL,
      CHATWOOT_WEBHOOK_SECRET: ['not-the-one'],
      CHATWOOT_WEBHOOK_ALLOW_UNSIGNED: false,
    };
    expect(await ask('signature', settings)).toMatchObject({
      ok: false,
      evidence: expect.stringContaining('no webhook at all') as string,
    });
    const created = await fetch(`${chatwoot.url}/api/v1/accounts/2/webhooks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', api_access_token: chatwoot.apiToken },
      body: JSON.stringify({ url: ENDPOINT, subscriptions: all }),
    });
    const { payload } = (await created.json()) as { payload: { webhook: { secret: string } } };
    const { secret } = payload.webhook;
    const wrong = await ask('signature', settings);
    expect(wrong).toMatchObject({ ok: false, evidence: expect.stringContaining('does not have') as string });
    expect(wrong.evidence).not.toContain(secret);
    expect(await ask('signature', { ...settings, CHATWOOT_WEBHOOK_SECRET: [secret] })).toMatchObject({
      ok: true,
    });

    await services.db.pool.query(
      `INSERT INTO fact_rollups (resolution, bucket, metric, label, n) VALUES
       ('minute', $1, 'rejected', 'bad_signature', 7), ('minute', $2, 'rejected', 'bad_signature', 5)`,
      [new Date(NOW.getTime() - 60_000), new Date(NOW.getTime() - 2 * 3_600_000)],
    );
    const refused = await ask('signature', { ...settings, CHATWOOT_WEBHOOK_SECRET: [secret] });
    expect(refused).toMatchObject({
      ok: false,
      evidence: expect.stringContaining('7 webhooks were refused') as string,
    });

    await chatwoot.setMode('down');
    const away = await ask('signature', settings);
    expect(away.evidence).toContain('list of webhooks cannot be read');
  });
});

describe('deliveries', () => {
  test('attempts of the last hour, dead letters with the newest reason', async () => {
    expect(await ask('deliveries')).toMatchObject({
      ok: true,
      evidence: 'Nothing was sent to the Agent service in the last hour. No dead letter is open.',
    });
    await insertEvents(services, { count: 2, deadAt: new Date(NOW.getTime() - 60_000) });
    await services.db.pool.query(
      `INSERT INTO fact_rollups (resolution, bucket, metric, label, n) VALUES
       ('minute', $1, 'attempt', 'ok', 86), ('minute', $1, 'attempt', 'http_5xx', 30), ('minute', $1, 'attempt', 'timeout', 4)
       ON CONFLICT (resolution, metric, bucket, label) DO UPDATE SET n = excluded.n`,
      [new Date(NOW.getTime() - 60_000)],
    );
    const { ok, evidence } = await ask('deliveries');
    expect(ok).toBe(false);
    expect(evidence).toContain('34 of 120 attempts of the last hour failed, most often http_5xx.');
    expect(evidence).toMatch(/2 dead letters are open\. The newest is of 05:11:07 UTC \(message_created\): /);
  });
});

describe('agent_endpoint', () => {
  test("posts the runbook's test event, signed as deliveries are", async () => {
    const live = await investigateOutage(services, { what: 'agent_endpoint', now: new Date() });
    expect(live.evidence).toMatch(/: 200 at \d\d:\d\d:\d\d UTC from \/webhooks\/chatwoot after \d+ ms\.$/);
    expect(live.ok).toBe(true);

    let sent: [string | undefined, string] | undefined;
    const listener = await startHttpServer(async (request, response) => {
      sent = [request.headers['x-forwarded-from'] as string, (await readBody(request)).toString()];
      response.end();
    });
    const connection = { ...services.config.connection!, agentUrl: listener.url };
    await ask('agent_endpoint', { connection });
    expect(sent).toEqual(['hotdash-app', '{"event": "message_created", "test": true}']);
    await listener.shut();
  });

  test('a refused signature and a silent service have different cures', async () => {
    const findings = await investigate(
      { config: { ...services.config, AGENT_SDK_WEBHOOK_SECRET: undefined }, db: services.db },
      'agent_endpoint',
      new Date(),
    );
    expect(findings[0]).toMatchObject({
      ok: false,
      nextStep: expect.stringContaining('AGENT_SDK_WEBHOOK_SECRET') as string,
    });
    await agent.setMode('hang');
    const { evidence } = await ask('agent_endpoint');
    expect(evidence).toMatch(/does not answer \(timeout after 1 s; connected after \d+ ms\)/);
  });
});

test('not connected yet: says so', async () => {
  const parsed = parseConfig({});
  if (!parsed.ok) throw new Error('defaults');
  expect(await investigateOutage({ config: parsed.config }, { what: 'signature', now: NOW })).toMatchObject({
    ok: false,
  });
});
