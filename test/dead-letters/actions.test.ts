import { afterAll, beforeAll, expect, test } from 'vitest';
import * as deadLetters from '../../app/routes/api/dead-letters.ts';
import * as replays from '../../app/routes/api/replays.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { openTestAccess, type TestAccess } from '../support/sign-in.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

let services: TestServices;
let access: TestAccess;
let cookie: string;
beforeAll(async () => {
  services = await createTestServices({ APP_URL: 'https://outage.example' });
  access = openTestAccess(services);
  cookie = await access.signIn('admin');
});
afterAll(async () => {
  access.stop();
  await services.close();
});

/** `control` of a replay; the others of dead letters. */
type Action = 'replay' | 'plan' | 'discard' | 'restore' | 'control';
const addressOf = (action: Action) =>
  `http://127.0.0.1:3000/api/${action === 'control' ? 'replays/1/cancel' : `dead-letters/${action}`}`;

function post(
  action: Action,
  fields: Record<string, string> | string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  params: Record<string, string> = {},
): Promise<Response> {
  const body =
    typeof fields === 'string' || fields instanceof Uint8Array
      ? fields
      : new URLSearchParams(fields).toString();
  const request = new Request(addressOf(action), {
    method: 'POST',
    body,
    headers: {
      Host: '127.0.0.1:3000',
      Origin: 'http://127.0.0.1:3000',
      'Content-Type': 'application/x-www-form-urlencoded',
      Cookie: cookie,
      ...headers,
    },
  });
  return call(action, request, params);
}

/** As Remix does: a Response that is thrown is an answer too. */
async function call(action: Action, request: Request, params: Record<string, string>): Promise<Response> {
  try {
    return await (action === 'control' ? replays : deadLetters).action({
      request,
      params,
      context: access.context,
    } as unknown as Parameters<typeof replays.action>[0]);
  } catch (thrown) {
    if (thrown instanceof Response) return thrown;
    throw thrown;
  }
}
const json = { Accept: 'application/json' };

test('a plain form gets a way back with a notice, and a second click says already replayed', async () => {
  const [entry] = await insertEvents(services);
  const fields = { id: String(entry!.id), returnTo: '/?error=http_5xx&page=2' };
  const first = await post('replay', fields);
  expect(first.status).toBe(303);
  expect(first.headers.get('Location')).toMatch(
    /^\/\?error=http_5xx&page=2&notice=replay_started&n=1&replay=\d+$/,
  );
  const second = await post('replay', fields);
  expect(second.headers.get('Location')).toContain('notice=already_replayed');
  const again = await post('replay', fields, json);
  expect(again.status).toBe(200);
  expect(await again.json()).toEqual({ outcome: 'already_replayed', ids: [entry!.id] });
  const recorded = await services.db.prisma.replay.findFirstOrThrow();
  expect(recorded.createdBy).toBe('admin');
});

test('goes back to the page it came from, never to another site', async () => {
  const locationOf = async (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    (await post('replay', { id: '999999', ...fields }, headers)).headers.get('Location');
  expect(await locationOf({}, { Referer: 'http://127.0.0.1:3000/dead?x=1' })).toBe(
    '/dead?x=1&notice=not_found',
  );
  expect(await locationOf({}, { Referer: 'https://outage.example/dead' })).toBe('/dead?notice=not_found');
  expect(await locationOf({}, { Referer: 'https://evil.example/dead' })).toBe('/?notice=not_found');
  expect(await locationOf({ returnTo: 'https://evil.example/' })).toBe('/?notice=not_found');
  expect(await locationOf({ returnTo: '//evil.example/' })).toBe('/?notice=not_found');
});

test.each<Action>(['replay', 'plan', 'discard', 'restore', 'control'])(
  '%s refuses other origins, other kinds, too much and other methods',
  async (action) => {
    const entries = await insertEvents(services, { count: 2 });
    const fields = { all: '1', id: String(entries[0]!.id), actor: 'Eve', reason: 'x' };
    const params = { id: '1', verb: 'cancel' };
    const before = await services.db.prisma.dashboardFact.count();
    for (const headers of [
      { Origin: 'https://evil.example' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'null' },
    ] as Record<string, string>[]) {
      const refused = await post(action, fields, headers, params);
      expect(refused.status).toBe(403);
      expect(refused.headers.get('Content-Type')).toBe('application/problem+json');
    }
    expect((await post(action, '{}', { 'Content-Type': 'application/json' }, params)).status).toBe(415);
    expect((await post(action, `all=1&x=${'y'.repeat(1_100_000)}`, {}, params)).status).toBe(413);
    const answer = await call(
      action,
      new Request(addressOf(action), { headers: { Cookie: cookie } }),
      params,
    );
    expect(answer.status).toBe(405);
    expect(answer.headers.get('Allow')).toBe('POST');
    expect(await services.db.prisma.dashboardFact.count()).toBe(before);
  },
);

test('what makes no sense is a 400, for a person a notice', async () => {
  for (const fields of [
    '',
    'scope=selected',
    'id=x',
    'id=1&rate=-1',
    'id=1&rate=fast',
    '%00%ff=%ff',
    'status=1e9',
  ]) {
    for (const action of ['replay', 'plan'] as const) {
      const refused = await post(action, fields, json);
      expect(refused.status, fields).toBe(400);
      expect(await refused.json()).toMatchObject({ code: 'not_understood' });
    }
  }
  expect((await post('replay', '')).headers.get('Location')).toBe('/?notice=not_understood');
  const bytes = new Uint8Array([0xff, 0xfe, 0x00, 0x3d, 0xc3, 0x28]);
  expect((await post('discard', bytes, json)).status).toBe(400);
  expect((await post('restore', 'all=1&actor=Ada', json)).status).toBe(400);
});

test('a text with a NUL finds nothing instead of failing', async () => {
  expect((await post('plan', 'text=%00', json)).status).toBe(400);
  expect((await post('replay', 'id=424242&reason=a%00b&actor=%00', json)).status).toBe(404);
  const [entry] = await insertEvents(services);
  const discarded = await post('discard', `id=${entry!.id}&actor=A%00da&reason=b%00ad`, json);
  expect(discarded.status).toBe(200);
});

test('the dry run changes nothing', async () => {
  await insertEvents(services, { count: 3, event: 'contact_updated' });
  const answer = await post('plan', { event: 'contact_updated', rate: '2' }, json);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ count: 3, estimatedSeconds: 2, stale: { any: 0 } });
  expect(
    await services.db.prisma.delivery.count({ where: { event: 'contact_updated', state: 'dead' } }),
  ).toBe(3);
});

test('discard, restore, pause, resume and cancel over their forms', async () => {
  const entries = await insertEvents(services, { count: 3, event: 'webwidget_triggered' });
  const id = String(entries[0]!.id);
  const outcomeOf = async (answer: Promise<Response>) => {
    const response = await answer;
    return [response.status, ((await response.json()) as { outcome: string }).outcome];
  };
  expect(await outcomeOf(post('discard', { id, actor: 'Ada' }, json))).toEqual([400, 'reason_missing']);
  const back = await post('discard', { id, actor: 'Ada', reason: 'spam', returnTo: '/x' });
  expect(back.headers.get('Location')).toBe('/x?notice=discarded&n=1');
  expect(await outcomeOf(post('replay', { id }, json))).toEqual([409, 'discarded']);
  expect(await outcomeOf(post('restore', { id, actor: 'Ada' }, json))).toEqual([200, 'restored']);
  expect(await outcomeOf(post('restore', { id, actor: 'Ada' }, json))).toEqual([409, 'not_discarded']);

  const started = await post('replay', { event: 'webwidget_triggered', mode: 'careful', rate: 'none' }, json);
  expect(started.status).toBe(202);
  const { replayId } = (await started.json()) as { replayId: number };
  const params = (verb: string, number = String(replayId)) => ({ id: number, verb });
  expect(await outcomeOf(post('control', {}, json, params('pause')))).toEqual([200, 'paused']);
  expect(await outcomeOf(post('control', {}, json, params('pause')))).toEqual([409, 'wrong_state']);
  expect(await outcomeOf(post('control', {}, json, params('resume')))).toEqual([200, 'resumed']);
  expect(await outcomeOf(post('discard', { id, actor: 'Ada', reason: 'x' }, json))).toEqual([
    409,
    'in_replay',
  ]);
  expect(await outcomeOf(post('control', {}, json, params('cancel')))).toEqual([200, 'cancelled']);
  expect(await outcomeOf(post('control', {}, json, params('cancel', '4711')))).toEqual([404, 'not_found']);
  for (const wrong of [params('explode'), params('pause', '1;2'), params('pause', '99999999999999999999')])
    expect((await post('control', {}, json, wrong)).status).toBe(404);
});
