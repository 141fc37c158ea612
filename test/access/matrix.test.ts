import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TOKEN_PERMISSIONS } from '../../app/features/access/permissions.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, signInOver, type TestPerson } from '../support/sign-in.ts';
import { makeToken } from './make-token.ts';
import { ROUTES, WHO, type Answer, type Who } from './route-table.ts';

let services: TestServices;
let app: AppProcess;
let entry: number;
const headers = {} as Record<Who, Record<string, string>>;

beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({ DATABASE_URL: services.databaseUrl, DATA_DIR: services.dataDir }, [
    '--sandbox=http://127.0.0.1:9',
  ]);
  await app.ready();
  entry = (await insertEvents(services))[0]!.id!;
  const people = {} as Record<'viewer' | 'responder' | 'admin', TestPerson>;
  for (const role of ['viewer', 'responder', 'admin'] as const) {
    people[role] = await addPerson(services.databaseUrl, role);
    headers[role] = { Cookie: await signInOver(app.url, people[role]) };
  }
  const bearer = async (permissions: readonly string[]) => ({
    Authorization: `Bearer ${await makeToken(services, people.admin, permissions)}`,
  });
  headers.anonymous = {};
  headers.all_token = await bearer(TOKEN_PERMISSIONS);
  headers.reading_token = await bearer(['page.read']);
});
afterAll(async () => {
  await app.kill('SIGTERM');
  await services.close();
});

/** The route manifest of the build, as the browser gets it. */
function builtRoutes(): string[] {
  const folder = path.resolve('build/client/assets');
  const file = readdirSync(folder).find((name) => name.startsWith('manifest-'))!;
  const text = readFileSync(path.join(folder, file), 'utf8');
  const manifest = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) as {
    routes: Record<string, { hasLoader: boolean; hasAction: boolean }>;
  };
  return Object.keys(manifest.routes).filter((id) => id !== 'root');
}

test('every route of the build is in the table, and nothing else', () => {
  expect(Object.keys(ROUTES).sort()).toEqual(builtRoutes().sort());
});

async function ask(where: string, method: string, who: Who): Promise<Answer> {
  const abort = new AbortController();
  const response = await fetch(app.url + where.replace('ENTRY', String(entry)), {
    method,
    redirect: 'manual',
    signal: abort.signal,
    headers: {
      ...headers[who],
      ...(method === 'POST' && { 'Content-Type': 'application/x-www-form-urlencoded' }),
    },
    body: method === 'POST' ? '' : undefined,
  });
  const type = response.headers.get('Content-Type') ?? '';
  const location = response.headers.get('Location') ?? '';
  if ([401, 403].includes(response.status) && type.includes('problem+json')) {
    const { code } = (await response.json()) as { code: string };
    if (response.status === 401 && code === 'not_signed_in') return 401;
    if (response.status === 403 && code === 'not_allowed') return 403;
    return 'in';
  }
  abort.abort();
  if (response.status === 403) return 403;
  // Signing in answers 401 to a wrong password; everywhere else it is the refusal, shown as a page.
  if (response.status === 401 && !/^\/(sign-in|setup|invite)/.test(where)) return 401;
  if (response.status === 404 && !where.startsWith('/api') && !/setup|invite|acknowledge/.test(where))
    return 404;
  if (response.status === 405) return 405;
  // Whoever is signed in already is sent on from there, to their page.
  if (response.status === 302 && location.startsWith('/sign-in') && !where.startsWith('/sign-'))
    return 'sign_in';
  return response.status >= 500 ? (response.status as Answer) : 'in';
}

describe.each(WHO)('%s', (who) => {
  test.each(Object.entries(ROUTES))('%s', async (_id, { path: where, GET, POST }) => {
    if (who !== 'anonymous' && where === '/sign-out') return;
    expect({ GET: await ask(where, 'GET', who), POST: await ask(where, 'POST', who) }).toEqual({
      GET: GET[who],
      POST: POST[who],
    });
  });

  test('other verbs change nothing: they are answered like no right at all', async () => {
    const before = await services.db.prisma.auditEntry.count();
    for (const { path: where } of Object.values(ROUTES)) {
      for (const method of ['PUT', 'PATCH', 'DELETE']) {
        const response = await fetch(app.url + where.replace('ENTRY', String(entry)), {
          method,
          redirect: 'manual',
          headers: headers[who],
        });
        await response.body?.cancel();
        expect(response.status, `${method} ${where}`).toBeGreaterThanOrEqual(302);
        expect(response.status, `${method} ${where}`).toBeLessThan(500);
      }
    }
    expect(await services.db.prisma.auditEntry.count()).toBe(before);
  });
});

test.each(['viewer', 'responder', 'all_token', 'reading_token'] as Who[])(
  'every verb of the pages "People" and "Account" that only admins have is refused to a %s, and changes nothing',
  async (who) => {
    const target = await addPerson(services.databaseUrl, 'viewer', 'Target');
    const before = await services.db.prisma.auditEntry.count();
    const fields = {
      person: target.id,
      role: 'admin',
      email: 'eve@example.com',
      invitation: '1',
      token: '1',
    };
    const verbs = ['invite', 'withdraw', 'role', 'deactivate', 'reactivate', 'sign-out', 'unlink', 'reset'];
    const forms = [
      ...verbs.map((verb) => ['/people', verb] as const),
      ['/account', 'token-create'] as const,
      ['/account', 'token-revoke'] as const,
    ];
    for (const [where, verb] of forms) {
      const response = await fetch(app.url + where, {
        method: 'POST',
        redirect: 'manual',
        headers: { ...headers[who], 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ do: verb, ...fields, name: 'x', permission: 'audit.read' }).toString(),
      });
      await response.body?.cancel();
      expect(response.status, `${where} ${verb}`).toBe(403);
    }
    expect(await services.db.prisma.auditEntry.count()).toBe(before);
    const kept = await services.db.prisma.person.findUniqueOrThrow({ where: { id: target.id } });
    expect([kept.role, kept.deactivatedAt]).toEqual(['viewer', null]);
  },
);

test('loaders asked for by name, as the page does it, are guarded alike', async () => {
  for (const [id, { path: where, GET }] of Object.entries(ROUTES)) {
    if (GET.anonymous !== 'sign_in') continue;
    const join = where.includes('?') ? '&' : '?';
    const response = await fetch(
      `${app.url}${where.replace('ENTRY', String(entry))}${join}_data=${encodeURIComponent(id)}`,
      {
        redirect: 'manual',
      },
    );
    const text = await response.text();
    expect(response.headers.get('X-Remix-Redirect') ?? response.headers.get('Location'), id).toMatch(
      /^\/sign-in/,
    );
    expect(text, id).toBe('');
  }
});

test('a viewer sees no message text, however the page is asked', async () => {
  const [own] = await insertEvents(services, { count: 1 });
  await services.db.pool.query(`UPDATE attempts SET response = 'the answer quotes hunter2' WHERE seq = $1`, [
    own!.seq,
  ]);
  const read = async (who: Who, where: string) =>
    (await fetch(app.url + where, { headers: headers[who] })).text();
  const where = `/dead-letters/${own!.id}`;
  expect(await read('responder', where)).toContain('message_created');
  const asViewer = await read('viewer', where);
  expect(asViewer).toContain('Your role does not show message texts');
  expect(asViewer).not.toContain('hunter2');
  expect(await read('viewer', `${where}?_data=routes%2Fdead-letters.%24id`)).toMatch(/"payload":null/);
  expect(await read('responder', `${where}?_data=routes%2Fdead-letters.%24id`)).not.toMatch(/"payload":null/);
  // A search would tell what the texts say: for a viewer it finds the same whatever is searched.
  const total = async (who: Who, text: string) =>
    (
      JSON.parse(await read(who, `/delivery?_data=routes%2Fdelivery&text=${text}`)) as {
        list: { total: number };
      }
    ).list.total;
  expect(await total('responder', 'zzz-not-there')).toBe(0);
  expect(await total('viewer', 'zzz-not-there')).toBe(await total('viewer', ''));
});

test('/metrics: with a token that may; not from this machine alone, where a proxy is like everybody, not with another token', async () => {
  const status = async (extra: Record<string, string>) => {
    const response = await fetch(`${app.url}/metrics`, { headers: extra });
    await response.body?.cancel();
    return response.status;
  };
  expect(await status({})).toBe(401);
  expect(await status(headers.admin)).toBe(401);
  expect(await status(headers.all_token)).toBe(200);
  expect(await status({ 'X-Forwarded-For': '203.0.113.7' })).toBe(401);
  expect(await status({ Forwarded: 'for=203.0.113.7' })).toBe(401);
  expect(await status({ ...headers.all_token, 'X-Forwarded-For': '203.0.113.7' })).toBe(200);
  expect(await status({ ...headers.reading_token })).toBe(403);
  expect(await status({ Authorization: 'Bearer nothing' })).toBe(401);
});

test('the webhook endpoint, health and readiness need no sign-in', async () => {
  const webhook = await fetch(`${app.url}/api/webhooks/chatwoot`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"event":"message_created","id":1}',
  });
  expect(webhook.status).toBe(200);
  expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
});
