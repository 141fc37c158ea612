import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, runInBackground, runToEnd, startApp, type AppProcess } from '../support/app-process.ts';
import { fetchAs, openTestAccess } from '../support/sign-in.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { startEchoAgent, type EchoAgent } from './echo-agent.ts';

/** Every one of them would be a leak; none occurs anywhere by chance. */
const SETTINGS = {
  CHATWOOT_API_TOKEN: 'LEAK-api-token-1',
  CHATWOOT_WEBHOOK_SECRET: 'LEAK-webhook-secret-2',
  CHATWOOT_WEBHOOK_TOKEN: 'LEAK-url-token-3',
  AGENT_SDK_WEBHOOK_SECRET: `whsec_${Buffer.from('LEAK-agent-secret-4').toString('base64')}`,
};
const TEXT = 'My order 1881 never arrived, says LEAK-customer-5';
const IN_PAYLOADS = {
  conversation: {
    event: 'message_created',
    id: 9001,
    content: TEXT,
    account: { id: 2 },
    conversation: {
      id: 417,
      contact_inbox: { pubsub_token: 'LEAK-pubsub-6', hmac_verified: false },
      meta: { sender: { id: 208, name: 'Mara' } },
    },
  },
  inbox: {
    event: 'inbox_created',
    account: { id: 2 },
    channel: {
      page_access_token: 'LEAK-page-7',
      userAccessToken: 'LEAK-user-8',
      provider_config: { api_key: 'LEAK-key-9', nested: ['LEAK-nested-10'] },
      'hmac\u005ftoken': 'LEAK-hmac-11',
      imap_password: 'LEAK-imap-12',
      line_channel_secret: 'LEAK-line-13',
      auth_token: 'LEAK-twilio-14',
      feature_flags: 3,
    },
  },
};

let services: TestServices;
let agent: EchoAgent;
let app: AppProcess;
let cookie: string;
let env: Record<string, string>;
const pages = new Map<string, string>();

beforeAll(async () => {
  agent = await startEchoAgent(422);
  services = await createTestServices();
  env = {
    ...SETTINGS,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    LOG_LEVEL: 'debug',
    METRICS_ALLOW_LOOPBACK: 'true',
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
  };
  const access = openTestAccess(services);
  cookie = await access.signIn('admin');
  access.stop();
  app = await startApp(env);
  await app.ready();
});
afterAll(async () => {
  await app?.kill('SIGTERM');
  await services?.close();
  await agent?.stop();
});

async function post(body: string, headers: Record<string, string> = {}, query = ''): Promise<number> {
  const answer = await fetch(`${app.url}/api/webhooks/chatwoot${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });
  pages.set(`answer to ${body.slice(0, 30)} ${query}`, await answer.text());
  return answer.status;
}

function signed(body: string): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const hmac = createHmac('sha256', SETTINGS.CHATWOOT_WEBHOOK_SECRET)
    .update(`${timestamp}.${body}`)
    .digest('hex');
  return {
    'X-Chatwoot-Timestamp': timestamp,
    'X-Chatwoot-Signature': `sha256=${hmac}`,
    Authorization: 'Bearer LEAK-header-15',
    Cookie: 'session=LEAK-cookie-16',
  };
}

async function readEverything(): Promise<void> {
  const { rows } = await services.db.pool.query<{ id: number }>(
    `SELECT id FROM dashboard_facts WHERE fact_type = 'support.webhook.dead_letter'`,
  );
  const paths = [
    '/',
    '/?_data=routes%2F_index',
    '/?_data=root',
    '/api/strip',
    '/delivery',
    '/delivery?_data=routes%2Fdelivery',
    '/metrics',
    '/readyz',
    '/healthz',
    '/dead-letters/replay?scope=all',
    '/audit',
    '/no-such-page',
  ];
  for (const { id } of rows)
    paths.push(`/dead-letters/${id}`, `/dead-letters/${id}?_data=routes%2Fdead-letters.%24id`);
  for (const path of paths) pages.set(path, await (await fetchAs(cookie, app.url + path)).text());
  for (const args of [
    ['app/cli/status.ts', '--json'],
    ['app/cli/replay-dlq.ts', '--all', '--dry-run'],
  ])
    pages.set(args.join(' '), (await runToEnd(args, env)).output);
}

test('secrets of the environment and of payloads reach no log, page, metric, export, error or fact; the bytes are forwarded unchanged', async () => {
  const bodies = Object.values(IN_PAYLOADS).map((payload) =>
    JSON.stringify(payload).replace('hmac_token', 'hmac\\u005ftoken'),
  );
  for (const body of bodies) expect(await post(body, signed(body))).toBe(200);
  expect(
    await post(`{"event":"macro.executed","id":1}`, {}, `?token=${SETTINGS.CHATWOOT_WEBHOOK_TOKEN}`),
  ).toBe(200);
  expect(
    await post(bodies[0]!, { ...signed(bodies[0]!), 'X-Chatwoot-Signature': 'sha256=LEAK-wrong-17' }),
  ).toBe(401);
  expect(await post(`{"content":"LEAK-broken-18`, signed(`{"content":"LEAK-broken-18`))).toBe(400);
  expect(await post('{}', {}, '?token=LEAK-wrong-token-19')).toBe(401);
  await until('all three were refused by the Agent service', async () => {
    const { rows } = await services.db.pool.query(`SELECT FROM deliveries WHERE state = 'dead'`);
    return rows.length === 3;
  });
  expect(agent.bodies.map(String).sort()).toEqual([...bodies, '{"event":"macro.executed","id":1}'].sort());
  await readEverything();

  const { rows } = await services.db.pool.query('SELECT value, metadata FROM dashboard_facts');
  const facts = JSON.stringify(rows);
  const password = decodeURIComponent(new URL(services.databaseUrl).password);
  const log = app.output();
  expect(log).toContain('"webhook"');
  expect(log).not.toMatch(/LEAK-/);
  for (const [where, text] of [...pages, ['facts', facts], ['log', log]] as const) {
    // The customer's own words (the list of attempts cuts them short) belong on the pages of the message and in its fact, and nowhere else.
    const leaks = [...new Set(text.match(/LEAK-[\w-]+/g))].filter(
      (leak) => !'LEAK-customer-5'.startsWith(leak),
    );
    expect(leaks, where).toEqual([]);
    expect(password !== '' && text.includes(password), where).toBe(false);
    for (const secret of Object.values(SETTINGS)) expect(text.includes(secret), where).toBe(false);
  }
  expect(pages.get('/metrics')).not.toContain(TEXT);
  const viewer = [...pages].find(
    ([path, text]) => path.startsWith('/dead-letters/') && text.includes('pubsub_token'),
  );
  expect(viewer?.[1]).toContain('[secret]');
  expect(viewer?.[1]).toContain('LEAK-customer-5');
});

test('a webhook cannot write lines of its own into the log, nor act in the terminal that shows it', async () => {
  const acting = `x\r\n{"level":30,"msg":"forged"}\u001b[2J\u009b31m\u202e\u2028`;
  const body = JSON.stringify({
    event: acting,
    id: acting,
    account: { id: acting },
    conversation: { id: acting },
  });
  const delivery = `d-${randomBytes(4).toString('hex')}\u00859b31m`;
  expect(
    await post(body, { ...signed(body), 'X-Chatwoot-Delivery': delivery, 'User-Agent': 'ua\u009b31m' }),
  ).toBe(200);
  await until('it is logged', () => app.output().includes(delivery.slice(0, 10)));
  const lines = app.output().split('\n').filter(Boolean);
  for (const line of lines) {
    expect(() => JSON.parse(line) as unknown, line).not.toThrow();
    expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
  }
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).not.toContain('forged');
});

test('a half configured start names no value', async () => {
  const env = {
    PORT: String(await freePort()),
    CHATWOOT_API_TOKEN: 'LEAK-api-token-1',
    DATABASE_URL: 'mysql://user:LEAK-password@db/x',
    AGENT_SDK_WEBHOOK_SECRET: 'LEAK',
    DATA_ENCRYPTION_KEYS: 'a:LEAK-key',
  };
  const app = runInBackground(['app/server/main.ts'], env);
  const url = `http://127.0.0.1:${env.PORT}`;
  const ask = async (accept: string) => (await fetch(url, { headers: { Accept: accept } })).text();
  try {
    const page = await until('it answers', () => ask('text/html'), 30_000);
    for (const said of [app.output(), page]) expect(said).toContain('DATA_ENCRYPTION_KEYS');
    for (const said of [app.output(), page, await ask('application/json')])
      expect(said).not.toContain('LEAK');
  } finally {
    expect(await app.kill('SIGTERM')).toBe(78);
  }
});
