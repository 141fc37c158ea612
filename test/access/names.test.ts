import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { fetchAs, signInAs } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

/** Customers' names and words are for those whose role shows them: whatever page or address is asked for. */
let services: TestServices;
let app: AppProcess;
const NAME = 'Zyxwyn Quillfeather';
const WORDS = 'my parcel vanished near Blumenau';

beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
    CHATWOOT_WEBHOOK_MAX_ATTEMPTS: '1',
    BREAKER_ENABLED: 'false',
  });
  await app.ready();
  const sender = { id: 7, name: NAME, email: 'zyxwyn@example.com', type: 'contact' };
  const answer = await fetch(`${app.url}/api/webhooks/chatwoot`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      event: 'message_created',
      id: 1,
      content: WORDS,
      message_type: 'incoming',
      created_at: new Date().toISOString(),
      account: { id: 2, name: 'Shop' },
      sender,
      conversation: {
        id: 100,
        status: 'open',
        inbox_id: 1,
        created_at: Math.floor(Date.now() / 1000),
        waiting_since: Math.floor(Date.now() / 1000),
        meta: { sender, assignee: null },
        messages: [],
      },
    }),
  });
  expect(answer.status).toBe(200);
});
afterAll(async () => {
  await app.kill('SIGTERM');
  await services.close();
});

test('a viewer sees no name and no word of a customer on any page; a responder does', async () => {
  const [viewer, responder] = [
    await signInAs(app.url, services.databaseUrl, 'viewer'),
    await signInAs(app.url, services.databaseUrl, 'responder'),
  ];
  const dead = await until('the message is a dead letter', async () => {
    const { rows } = await services.db.pool.query<{ id: number }>(
      `SELECT id FROM dashboard_facts WHERE fact_type = 'support.webhook.dead_letter'`,
    );
    return rows[0];
  });
  const ticket = await fetchAs(responder, `${app.url}/tickets`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      do: 'create',
      customer: NAME,
      name: NAME,
      email: 'zyxwyn@example.com',
      text: WORDS,
      subject: WORDS,
      priority: 'high',
      channel: 'email',
    }).toString(),
  });
  await ticket.body?.cancel();
  const routes: [string, string | null][] = [
    ['/', 'routes/_index'],
    ['/?state=replayed', null],
    [`/dead-letters/${dead.id}`, 'routes/dead-letters.$id'],
    ['/waiting', 'routes/waiting'],
    ['/tickets', 'routes/tickets._index'],
    ['/tickets/1', 'routes/tickets.$id'],
    ['/incidents', 'routes/incidents._index'],
    ['/incidents/1', 'routes/incidents.$id._index'],
    ['/incidents/1/report', 'routes/incidents.$id.report'],
    ['/incidents/1/recovery', 'routes/incidents.$id.recovery'],
    ['/fallback', 'routes/fallback'],
    ['/recovery', 'routes/recovery'],
    ['/health', 'routes/health'],
    ['/alerts', 'routes/alerts'],
    ['/api/status', null],
    ['/api/incidents', null],
    ['/api/incidents/1', null],
    ['/api/incidents/1/report', null],
    ['/api/reconcile', null],
    ['/api/gates', null],
    ['/api/canary', null],
    ['/api/fallback/toggle', null],
  ];
  const seen: Record<string, string[]> = { viewer: [], responder: [] };
  for (const [where, route] of routes) {
    const paths = route
      ? [where, `${where}${where.includes('?') ? '&' : '?'}_data=${encodeURIComponent(route)}`]
      : [where];
    for (const path of paths)
      for (const [who, cookie] of Object.entries({ viewer, responder })) {
        const text = await (await fetchAs(cookie, app.url + path)).text();
        if (/Zyxwyn|zyxwyn|Quillfeather|Blumenau/.test(text)) seen[who]!.push(path);
      }
  }
  expect(seen.viewer).toEqual([]);
  expect(seen.responder).toContain('/');
  expect(seen.responder).toContain(`/dead-letters/${dead.id}`);
}, 120_000);
