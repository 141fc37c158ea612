import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, signInOver, type TestRole } from '../support/sign-in.ts';
import { ACTIONS, BODIES, NOT_HERE, RESPONDERS_MAY, share } from './hostile-forms.ts';
import { ROUTES } from './route-table.ts';

/**
 * Somebody with an account and bad intentions, at every address that takes a form: nothing that is sent may break the app
 * or change what its sender may not change. Every refusal says what is wrong.
 */
let services: TestServices;
let app: AppProcess;
const cookies = {} as Record<TestRole, string>;
let adminId = '';

beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
    ROLE: 'web',
  });
  await app.ready();
  for (const role of ['viewer', 'responder', 'admin'] as const) {
    const person = await addPerson(services.databaseUrl, role);
    if (role === 'admin') adminId = person.id;
    cookies[role] = await signInOver(app.url, person);
  }
  await insertEvents(services);
  await services.db.pool.query(
    `INSERT INTO incidents (id, cause, title, severity, started_at, opened_at, opened_by)
     VALUES (1, 'manual', 'Something', 'P2', now(), now(), 'alert')`,
  );
  await services.db.pool.query(
    `INSERT INTO manual_tickets (id, marker, customer, issue, received_at, created_at, created_by, version)
     VALUES (1, gen_random_uuid(), 'Ada', 'Where is it?', now(), now(), 'Ines', 1)`,
  );
  await insertNumberOnes();
});
/** What the forms of text, turns and devices name by the number 1. */
async function insertNumberOnes(): Promise<void> {
  const { pool } = services.db;
  const { rows } = await pool.query<{ id: string }>("SELECT id FROM people WHERE role = 'responder'");
  await pool.query(`INSERT INTO contacts (id, role, name, audience) VALUES (1, 'Support Lead', 'Ada', 'responder')
    ON CONFLICT (id) DO UPDATE SET removed_at = NULL`);
  await pool.query(`INSERT INTO on_call_rotations (id, role, zone, starts_on, hand_over, people)
    VALUES (1, 'Support Lead', 'UTC', '2026-01-05', '09:00', '[1]')`);
  await pool.query(`INSERT INTO on_call_overrides (id, rotation_id, contact_id, from_at, to_at)
    VALUES (1, 1, 1, now(), now() + interval '1 day')`);
  await pool.query(
    `INSERT INTO push_devices (id, person_id, person_name, name, hash, subscription, severities, only_called, created_at)
     VALUES (1, $1, 'Ines', 'Phone', 'x', '', '{P0}', false, now())`,
    [rows[0]!.id],
  );
  await pool.query(`INSERT INTO status_notices (id, kind, title, components, incident_id, began_at, created_at)
    VALUES (1, 'incident', 'Chat', '{"1": "major_outage"}', 1, now(), now())`);
  await pool.query(`INSERT INTO status_updates (id, notice_id, state, text, author, at)
    VALUES (1, 1, 'investigating', '1', 'Ines', now())`);
}
afterAll(async () => {
  await app.kill('SIGTERM');
  await services.close();
});

interface Reply {
  status: number;
  type: string;
  text: string;
  cookies: string[];
}

/** Over a plain socket, so that headers and bodies go as they are. */
function post(
  path: string,
  body: string | Buffer,
  headers: Record<string, string>,
  method = 'POST',
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      app.url + path,
      { method, headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            type: response.headers['content-type'] ?? '',
            cookies: response.headers['set-cookie'] ?? [],
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** All that a form could have changed; the people's and sessions' last looks are not part of it. */
async function everything(): Promise<string> {
  const { rows } = await services.db.pool.query<{ state: string }>(
    `SELECT concat_ws(' ',
       (SELECT md5(string_agg(concat_ws('|', id, name, email, role, deactivated_at), ',' ORDER BY id)) FROM people),
       (SELECT count(*) FROM audit_log), (SELECT count(*) FROM api_tokens), (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM incidents t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM manual_tickets t), (SELECT count(*) FROM ticket_entries),
       (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM contacts t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM on_call_rotations t), (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM on_call_overrides t),
       (SELECT count(*) FROM on_call_calendars), (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM push_devices t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM status_updates t), (SELECT count(*) FROM replays), (SELECT count(*) FROM drill_acts),
       (SELECT count(*) FROM drill_runs), (SELECT count(*) FROM fallback_runs), (SELECT count(*) FROM gate_marks), (SELECT count(*) FROM canary_runs),
       (SELECT count(*) FROM assignment_runs), (SELECT count(*) FROM reconciliations), (SELECT count(*) FROM incident_report_versions),
       (SELECT md5(string_agg(concat_ws('|', seq, state, run), ',' ORDER BY seq)) FROM deliveries)) AS state`,
  );
  return rows[0]!.state;
}

/** A refusal in the form its reader expects: problem+json, JSON with an outcome, or a page with a sentence. */
function explains({ type, text }: Reply): boolean {
  if (type.includes('json')) {
    const body = JSON.parse(text) as { detail?: string; outcome?: string; problem?: string };
    return Boolean(body.detail ?? body.outcome ?? body.problem);
  }
  return type.includes('html') && text.length > 500;
}

const JSON_WANTED = { Accept: 'application/json' };

describe.each(ACTIONS)('$id', ({ id, POST, paths, verbs }) => {
  const forms = paths.flatMap((path) => verbs.map((verb) => ({ path, verb })));

  test('who may not is refused whatever the form says, and nothing has changed', async () => {
    const before = await everything();
    for (const role of ['viewer', 'responder', 'admin'] as const) {
      if (POST[role] !== 403) continue;
      const theirs = role === 'responder' ? (RESPONDERS_MAY[id] ?? []) : [];
      for (const { path, verb } of forms.filter((form) => !theirs.includes(form.verb)))
        for (const [name, body] of BODIES.slice(0, 2)) {
          const reply = await post(path, `do=${verb}&${body}`, { Cookie: cookies[role], ...JSON_WANTED });
          const where = `${role} ${path} ${verb}: ${name}`;
          expect([403, 404, 413], `${where}: ${reply.text.slice(0, 300)}`).toContain(reply.status);
          expect(explains(reply), where).toBe(true);
        }
    }
    expect(await everything()).toBe(before);
  });

  test('from another site, without or with an origin of its own, nothing is done', async () => {
    const before = await everything();
    for (const { path, verb } of forms)
      for (const headers of [
        { Origin: 'https://evil.example' },
        { Origin: 'null' },
        { 'Sec-Fetch-Site': 'cross-site' },
        { 'Sec-Fetch-Site': 'same-site', Origin: `${app.url}.evil.example` },
      ]) {
        const reply = await post(path, `do=${verb}&reason=x&to=on&id=1`, {
          Cookie: cookies.admin,
          ...headers,
        } as Record<string, string>);
        expect(reply.status, `${path} ${JSON.stringify(headers)}`).toBe(403);
        expect(explains(reply)).toBe(true);
      }
    // A cookie of nobody, one that was changed, and none at all.
    const changed = cookies.viewer.replace(/session_token=./, 'session_token=');
    for (const cookie of ['', 'outage-center.session_token=abc.def', changed])
      for (const { path, verb } of forms) {
        const reply = await post(path, `do=${verb}&id=1`, {
          ...(cookie && { Cookie: cookie }),
          ...JSON_WANTED,
        });
        expect([401, 403], `${path} with cookie "${cookie}"`).toContain(reply.status);
      }
    expect(await everything()).toBe(before);
  });

  test('whatever somebody sends who may is answered, and never by a failure of the app', async () => {
    const cookie = cookies[POST.responder === 403 ? 'admin' : 'responder'];
    for (const [nth, { path, verb }] of forms.entries())
      for (const [at, [name, body]] of share(nth).entries())
        for (const accept of [at % 2 === 0 ? 'application/json' : 'text/html']) {
          const reply = await post(path, `do=${verb}&${body}`, {
            Cookie: cookie,
            Accept: accept,
          });
          const where = `${path} ${verb}: ${name} (${accept})`;
          // 502: Chatwoot, to which nothing leads here, did not answer.
          expect(
            reply.status < 500 || [502, 503].includes(reply.status),
            `${where}: ${reply.status} ${reply.text.slice(0, 500)}`,
          ).toBe(true);
          if (reply.status >= 400)
            expect(explains(reply), `${where}: ${reply.text.slice(0, 300)}`).toBe(true);
        }
  });

  test('what is no form is refused as such', async () => {
    for (const { path } of forms)
      for (const [type, body] of [
        ['application/json', '{"do":"add","__proto__":{"role":"admin"}}'],
        ['multipart/form-data', 'nonsense'],
        ['text/plain', 'do=add'],
        ['', 'do=add'],
      ]) {
        const reply = await post(path, body!, {
          Cookie: cookies.responder,
          ...JSON_WANTED,
          'Content-Type': type!,
        });
        expect(reply.status, `${path} ${type}`).toBeGreaterThanOrEqual(400);
        expect(reply.status, `${path} ${type}: ${reply.text.slice(0, 200)}`).toBeLessThan(500);
      }
    const large = await post(paths[0]!, `reason=${'x'.repeat(1_200_000)}`, {
      Cookie: cookies.admin,
      ...JSON_WANTED,
    });
    // The sandbox's forms are not there outside a sandbox.
    expect([403, 404, 413, 415], paths[0]).toContain(large.status);
  });
});

test('whatever is given for the code of the frame inside Chatwoot signs nobody in, and says so', async () => {
  for (const [name, body] of BODIES)
    for (const headers of [{}, { Cookie: cookies.admin }] as Record<string, string>[]) {
      const reply = await post('/embed', body, { ...headers, ...JSON_WANTED });
      expect([400, 413], `${name}: ${reply.status} ${reply.text.slice(0, 300)}`).toContain(reply.status);
      expect(explains(reply), name).toBe(true);
      expect(reply.cookies, name).toEqual([]);
    }
  const elsewhere = { Origin: 'https://evil.example' };
  expect((await post('/embed', 'code=x', elsewhere)).status).toBe(403);
});

test('addresses with whatever in them are answered, and never by a failure of the app', async () => {
  const reads = Object.entries(ROUTES).filter(
    ([id, { GET }]) => GET.responder === 'in' && !NOT_HERE.test(id),
  );
  for (const [nth, [id, { path }]] of reads.entries()) {
    if (id === 'routes/events') continue;
    for (const [name, body] of share(nth)) {
      // As far as an address may be long.
      const query = body.slice(0, 8000);
      const [clean] = path.replace('ENTRY', '1').split('?');
      const reply = await post(`${clean}?${query}`, '', { Cookie: cookies.responder }, 'GET');
      expect(reply.status, `GET ${clean}: ${name}: ${reply.text.slice(0, 300)}`).toBeLessThan(500);
    }
  }
}, 600_000);

test('numbers in paths that are none are not found', async () => {
  const ids = [
    '0',
    '-1',
    '1.5',
    'NaN',
    '9007199254740993',
    '99999999999999999999',
    '__proto__',
    '%00',
    '%ED%A0%80',
    "1'",
    '1%20',
    '١',
    'x'.repeat(3000),
  ];
  for (const base of [
    '/incidents/ID',
    '/incidents/ID/report',
    '/incidents/ID/recovery',
    '/tickets/ID',
    '/dead-letters/ID',
    '/drill/ID',
    '/api/incidents/ID',
    '/api/incidents/ID/report',
    '/api/replays/ID',
  ])
    for (const id of ids) {
      const reply = await post(base.replaceAll('ID', id), '', { Cookie: cookies.responder }, 'GET');
      expect([400, 404, 414], `${base} ${id}: ${reply.status} ${reply.text.slice(0, 200)}`).toContain(
        reply.status,
      );
    }
  for (const base of [
    '/api/incidents/ID/acknowledge',
    '/api/incidents/ID/report/sign',
    '/api/replays/ID/pause',
    '/api/canary/ID/approve',
    '/api/drills/ID/end',
    '/tickets/ID',
  ])
    for (const id of ids) {
      const reply = await post(base.replaceAll('ID', id), 'do=note&text=x&ticket=1', {
        Cookie: cookies.responder,
        ...JSON_WANTED,
      });
      expect([400, 404, 414], `POST ${base} ${id}: ${reply.status} ${reply.text.slice(0, 200)}`).toContain(
        reply.status,
      );
    }
});

test('a responder makes nobody more than they are, themselves least of all', async () => {
  const before = await everything();
  for (const [path, body] of [
    ['/people', `do=role&person=${adminId}&role=viewer`],
    ['/people', `do=deactivate&person=${adminId}`],
    ['/people', `do=reset&person=${adminId}`],
    ['/people', 'do=invite&role=admin&email=eve@example.com&name=Eve'],
    ['/account', 'do=token-create&name=x&permission=audit.read&days=30'],
    ['/account', 'do=token-revoke&token=1'],
  ] as const) {
    const reply = await post(path, body, { Cookie: cookies.responder, ...JSON_WANTED });
    expect(reply.status, `${path} ${body}`).toBeGreaterThanOrEqual(400);
    expect(reply.status).toBeLessThan(500);
  }
  // One's own methods are meant, whoever the form names.
  await post('/account', `do=unlink&person=${adminId}&method=credential`, { Cookie: cookies.responder });
  const { rows } = await services.db.pool.query('SELECT FROM sign_in_methods WHERE person_id = $1', [
    adminId,
  ]);
  expect(rows).not.toHaveLength(0);
  expect(await everything()).toBe(before);
});

test('a form sent twice is done once', async () => {
  const open = 'title=Twice&severity=P2&reason=x&cause=delivery';
  for (let i = 0; i < 3; i += 1)
    await post('/api/incidents', open, { Cookie: cookies.responder, ...JSON_WANTED });
  const { rows } = await services.db.pool.query<{ id: number; version: number }>(
    "SELECT id, version FROM incidents WHERE cause = 'delivery'",
  );
  expect(rows).toHaveLength(1);
  const { id, version } = rows[0]!;
  const severity = `severity=P1&reason=x&version=${version}`;
  const statuses = [];
  for (let i = 0; i < 3; i += 1)
    statuses.push(
      (await post(`/api/incidents/${id}/severity`, severity, { Cookie: cookies.responder, ...JSON_WANTED }))
        .status,
    );
  expect(statuses).toEqual([200, 409, 409]);
  const ticket = await services.db.pool.query<{ version: number }>(
    "UPDATE manual_tickets SET status = 'open' WHERE id = 1 RETURNING version",
  );
  const change = `do=change&ticket=1&version=${ticket.rows[0]!.version}&customer=Ada&issue=x&status=closed&response=&responseWas=`;
  const tickets = [];
  for (let i = 0; i < 2; i += 1)
    tickets.push((await post('/tickets', change, { Cookie: cookies.responder })).status);
  expect(tickets).toEqual([303, 409]);
});
