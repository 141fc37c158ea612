import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, signInOver } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { makeToken } from './make-token.ts';
import { ROUTES } from './route-table.ts';

/**
 * Customers' names and words are for those whose role shows them: a marker stands in every place where they are stored, and
 * every address of the build is asked, as a page, as the page's own reader asks, and as a program.
 */
let services: TestServices;
let app: AppProcess;
let agent: Server;
const MARKER = /Zyxwyn|zyxwyn|Quillfeather|Blumenau/;
const NAME = 'Zyxwyn Quillfeather';
const WORDS = 'my parcel vanished near Blumenau';
const EMAIL = 'zyxwyn@example.com';
let dead = 0;
type Headers = Record<string, string>;
const who = {} as Record<'viewer' | 'token' | 'responder', Headers>;

const sender = { id: 7, name: NAME, email: EMAIL, phone_number: '+4912345', type: 'contact' };
const conversation = (id: number | string) => ({
  id,
  status: 'open',
  inbox_id: 1,
  created_at: Math.floor(Date.now() / 1000) - 600,
  waiting_since: Math.floor(Date.now() / 1000) - 600,
  updated_at: Date.now() / 1000,
  meta: { sender, assignee: null },
  custom_attributes: { note: WORDS },
  messages: [],
});
const message = (id: number, more: object = {}) => ({
  event: 'message_created',
  id,
  content: `${WORDS} ${NAME}`,
  message_type: 'incoming',
  created_at: new Date().toISOString(),
  account: { id: 2, name: 'Shop' },
  sender,
  conversation: conversation(100 + id),
  ...more,
});

beforeAll(async () => {
  services = await createTestServices();
  // It quotes what it was sent, as services do.
  agent = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(422, `Cannot handle ${NAME}`, { 'Content-Type': 'application/json' });
      response.end(
        JSON.stringify({
          error: `cannot handle "${WORDS}" of ${NAME}`,
          received: Buffer.concat(chunks).toString(),
        }),
      );
    });
  }).listen(0, '127.0.0.1');
  await once(agent, 'listening');
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: `http://127.0.0.1:${(agent.address() as AddressInfo).port}`,
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
    CHATWOOT_WEBHOOK_MAX_ATTEMPTS: '1',
    BREAKER_ENABLED: 'false',
  });
  await app.ready();
  const people = {
    viewer: await addPerson(services.databaseUrl, 'viewer'),
    responder: await addPerson(services.databaseUrl, 'responder'),
    admin: await addPerson(services.databaseUrl, 'admin'),
  };
  who.viewer = { Cookie: await signInOver(app.url, people.viewer) };
  who.responder = { Cookie: await signInOver(app.url, people.responder) };
  who.token = { Authorization: `Bearer ${await makeToken(services, people.admin, ['page.read'])}` };
  await plantWebhooks();
  await plantByHand();
  await plantRest();
}, 180_000);
afterAll(async () => {
  await app.kill('SIGTERM');
  agent.closeAllConnections();
  agent.close();
  await services.close();
});

/** Dead letters, who waits, machines, a row that is set aside, the attempts' answers. */
async function plantWebhooks() {
  const bodies: object[] = [
    message(1),
    message(2, { event: 'message_updated' }),
    message(3, {
      content_attributes: { email: { auto_reply: true, subject: WORDS, from: [EMAIL] } },
      content_type: 'incoming_email',
    }),
    { event: 'conversation_created', ...conversation(104), account: { id: 2 } },
    {
      event: 'contact_updated',
      ...sender,
      account: { id: 2 },
      changed_attributes: [{ name: { current_value: NAME } }],
    },
    { event: `odd ${'\ud800'}`, content: WORDS, name: NAME, account: { id: 2 } },
  ];
  const texts = bodies.map((body) => JSON.stringify(body));
  // Its conversation is beyond every column: it is set aside by number.
  texts.push(JSON.stringify(message(8)).replace('"id":108', '"id":99999999999999999999'));
  for (const body of texts) {
    const answer = await fetch(`${app.url}/api/webhooks/chatwoot`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(200);
  }
  // Refused: whatever is kept of it names nobody.
  await fetch(`${app.url}/api/webhooks/chatwoot`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: `{"${NAME}`,
  });
  dead = await until(
    'all are dead letters',
    async () => {
      const { rows } = await services.db.pool.query<{ id: number; n: number }>(
        `SELECT min(id) AS id, count(*)::int AS n FROM dashboard_facts WHERE fact_type = 'support.webhook.dead_letter'`,
      );
      return rows[0]!.n >= texts.length ? rows[0]!.id : undefined;
    },
    60_000,
  );
  await until(
    'who waits is known',
    async () => {
      const { rows } = await services.db.pool.query(
        'SELECT FROM conversations WHERE customer_name IS NOT NULL AND waiting_since IS NOT NULL',
      );
      return rows.length > 0 || undefined;
    },
    60_000,
  );
}

const post = (path: string, fields: Record<string, string>) =>
  fetch(app.url + path, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      ...who.responder,
      Accept: 'application/json',
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(fields).toString(),
  });

/** Tickets with a note and an answer, an incident, a replay that dies again, a comparison that fails. */
async function plantByHand() {
  const added = await post('/tickets', {
    do: 'add',
    customer: NAME,
    email: EMAIL,
    issue: WORDS,
    minutesAgo: '5',
  });
  expect(added.status, await added.text()).toBe(303);
  for (const verb of ['note', 'reply'])
    expect((await post('/tickets', { do: verb, ticket: '1', text: `${WORDS} ${NAME}` })).status).toBe(303);
  const opened = await post('/api/incidents', {
    title: 'Slow',
    severity: 'P1',
    reason: 'x',
    cause: 'delivery',
  });
  // An alert may have opened it meanwhile.
  expect([200, 201, 409], await opened.text()).toContain(opened.status);
  const replay = await post('/api/dead-letters/replay', {
    scope: 'ids',
    id: String(dead),
    ids: String(dead),
    reason: 'again',
  });
  await replay.body?.cancel();
  await (await post('/api/reconcile', { since: '1h' })).body?.cancel();
}

/** What only Chatwoot or a later hour would bring. */
async function plantRest() {
  const { pool } = services.db;
  await pool.query(`UPDATE manual_tickets SET merge_state = 'failed', merge_by = 'Ines', merge_result = $1`, [
    `Chatwoot answered 422: contact ${EMAIL} (${NAME}) is blocked`,
  ]);
  await pool.query(
    `INSERT INTO fallback_runs (id, started_at, started_by, reason, ended_at, ended_by, end_reason) VALUES (1, now() - interval '1 hour', 'Ines', 'x', now(), 'Ines', 'y');`,
  );
  await pool.query(
    `INSERT INTO fallback_skips (run_id, seq, conversation_id, customer_key, received_at, answered_at)
     SELECT 1, seq, conversation_id, customer_key, received_at, now() FROM deliveries LIMIT 3`,
  );
  await pool.query(`INSERT INTO assignment_runs (id, created_at, created_by) VALUES (1, now(), 'Ines')`);
  await pool.query(
    `INSERT INTO assignment_items (run_id, key, position, agent_id, agent_name, outcome, detail)
     SELECT 1, key, 1, 3, 'Ben', 'failed', $1 FROM conversations LIMIT 1`,
    ['Chatwoot does not know that agent any more.'],
  );
}

/** Tables that have the marker; bodies of webhooks are stored as bytes. */
async function tablesWithMarker(): Promise<string[]> {
  const { rows } = await services.db.pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname`,
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const { rowCount } = await services.db.pool.query(
      `SELECT FROM "${name}" t WHERE t::text ~* 'zyxwyn|quillfeather|blumenau' OR t::text LIKE $1 LIMIT 1`,
      [`%${Buffer.from('Blumenau').toString('hex')}%`],
    );
    if (rowCount) found.push(name);
  }
  return found;
}

test('the marker is in every table that has customers\u2019 names or words', async () => {
  expect(await tablesWithMarker()).toEqual([
    ...['attempts', 'conversations', 'dashboard_facts', 'manual_tickets', 'ticket_entries'],
    'webhook_events',
  ]);
});

/** Every address that a viewer reads, with the numbers that are there. */
function addresses(): string[] {
  const numbers: Record<string, string> = { '/drill/1/incidents/1': '/drill' };
  const read = Object.entries(ROUTES)
    .filter(([id, { GET }]) => GET.viewer !== 405 && !/events|sign-|setup|invite|demo|routes\/\$$/.test(id))
    .map(([id, { path }]): [string, string] => [id, numbers[path] ?? path.replace('ENTRY', String(dead))]);
  const more: [string, string][] = [
    ['routes/delivery', '/delivery?state=replayed'],
    ['routes/delivery', '/delivery?state=discarded'],
    ['routes/delivery', '/delivery?sort=attempts&range=7d'],
    ['routes/waiting', '/waiting?sort=since&show=unassigned'],
    ['routes/tickets._index', '/tickets?show=all'],
    ['routes/tickets._index', '/tickets?show=all&edit=1'],
    ['routes/api/incidents.report', '/api/incidents/1/report?format=md'],
    ['routes/api/incidents.report', '/api/incidents/1/report?format=html'],
    ['routes/api/incidents.report', '/api/incidents/1/report?format=json'],
    ['', '/readyz'],
    ['', '/healthz'],
    ['', '/metrics'],
  ];
  return [...read, ...more].flatMap(([id, path]) =>
    id.startsWith('routes/api') || id === ''
      ? [path]
      : [path, `${path}${path.includes('?') ? '&' : '?'}_data=${encodeURIComponent(id)}`],
  );
}

test('a viewer, and a token that reads pages, see no name and no word of a customer anywhere; a responder does', async () => {
  const seen: Record<string, string[]> = { viewer: [], token: [], responder: [] };
  for (const path of addresses())
    for (const [name, headers] of Object.entries(who)) {
      const response = await fetch(app.url + path, { headers, redirect: 'manual' });
      expect(response.status, `${name} ${path}`).toBeLessThan(500);
      const told = (await response.text()) + JSON.stringify([...response.headers]);
      if (MARKER.test(told)) seen[name]!.push(path);
    }
  expect(seen.viewer).toEqual([]);
  expect(seen.token).toEqual([]);
  // They are there to be seen: each place was planted.
  for (const path of [
    '/delivery',
    `/dead-letters/${dead}`,
    '/waiting',
    '/tickets',
    '/tickets/1',
    '/tickets.csv',
    '/incidents/1/report',
  ])
    expect(seen.responder, path).toContain(path);
}, 240_000);

test('the event stream tells that something changed, never what', async () => {
  const abort = new AbortController();
  const response = await fetch(`${app.url}/events`, { headers: who.viewer, signal: abort.signal });
  const reader = response.body!.getReader();
  let told = '';
  await fetch(`${app.url}/api/webhooks/chatwoot`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(message(50)),
  });
  while (!told.includes('event: change')) told += Buffer.from((await reader.read()).value!).toString('utf8');
  abort.abort();
  expect(told).not.toMatch(MARKER);
  for (const line of told.split('\n').filter((one) => one.startsWith('data:')))
    expect(Object.keys(JSON.parse(line.slice(5)) as object)).toEqual(['at']);
});

test('what a viewer is refused says nothing of what is there', async () => {
  for (const [id, { path, POST }] of Object.entries(ROUTES)) {
    if (POST.viewer !== 403) continue;
    const response = await fetch(app.url + path.replace('ENTRY', String(dead)), {
      method: 'POST',
      headers: { ...who.viewer, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `ticket=1&do=change&id=${dead}&ids=${dead}&scope=all&text=Blumena`,
    });
    const told = await response.text();
    expect(MARKER.test(told), id).toBe(false);
    expect(response.status, id).toBe(403);
  }
});

test('no log line of the app has a name or a word of a customer', () => {
  expect(app.output()).not.toMatch(MARKER);
});
