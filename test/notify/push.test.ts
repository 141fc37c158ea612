import { afterEach, expect, test } from 'vitest';
import { deactivatePerson, reactivatePerson } from '../../app/features/access/people/change-people.server.ts';
import { acknowledge } from '../../app/features/incidents/act-on-incident.server.ts';
import { tickEscalations } from '../../app/features/incidents/escalation/tick-escalations.server.ts';
import { readLinkState } from '../../app/features/incidents/message-links/acknowledge-by-link.server.ts';
import { linkInMessage } from '../../app/features/incidents/message-links/message-links.server.ts';
import { openIncident } from '../../app/features/incidents/open-incident.server.ts';
import { changeDevicesByForm } from '../../app/features/notify/channels/push/devices-form.server.ts';
import {
  findDevice,
  readDevices,
  readOrMakePushKey,
} from '../../app/features/notify/channels/push/devices.server.ts';
import { sendNotifications } from '../../app/features/notify/send-notifications.server.ts';
import type { Severity } from '../../app/lib/severity.ts';
import { person } from '../support/person.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, type TestPerson } from '../support/sign-in.ts';
import { startPushService } from './push-service.ts';

type PushService = Awaited<ReturnType<typeof startPushService>>;
let services: TestServices;
let pushes: PushService;
let ada: TestPerson;

const START = new Date('2026-11-23T05:12:00Z');
const at = (seconds: number) => new Date(START.getTime() + seconds * 1000);
const KEYS = { DATA_ENCRYPTION_KEYS: `first:${Buffer.alloc(32, 7).toString('base64')}` };

async function open(env: Record<string, string> = {}) {
  pushes = await startPushService();
  services = await createTestServices({
    APP_URL: 'https://outage.example.com',
    OUTBOUND_LOOPBACK_ONLY: 'true',
    SMTP_URL: 'smtp://127.0.0.1:9',
    SMTP_FROM: 'Outage Center <outage-center@example.com>',
    ...env,
  });
  await addPerson(services.databaseUrl, 'admin', 'Olga');
  ada = await addPerson(services.databaseUrl, 'responder', 'Ada');
}
afterEach(async () => {
  await services.close();
  await pushes.stop();
});

const send = (fields: Record<string, string | string[]>, who = ada) =>
  changeDevicesByForm(services, {
    fields: new URLSearchParams(
      Object.entries(fields).flatMap(([name, values]) => [values].flat().map((value) => [name, value])),
    ),
    actor: { ...person(who.name), personId: who.id },
    now: START,
  });

/** Somebody turns a browser on. */
async function turnOn(severities?: string[], onlyCalled = false) {
  const key = (await readOrMakePushKey(services, START))!;
  const browser = pushes.subscribe(key.publicKey);
  const name = 'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36';
  expect(await send({ do: 'device-add', subscription: browser.json, name })).toMatchObject({
    outcome: 'device_done',
  });
  const id = String(
    (await readDevices(services, ada.id, START)).filter(({ endedAt }) => !endedAt).at(-1)!.id,
  );
  if (severities)
    await send({
      do: 'device-edit',
      device: id,
      severity: severities,
      ...(onlyCalled && { only_called: 'yes' }),
    });
  return { ...browser, id };
}

async function incident(severity: Severity, cause: 'chatwoot' | 'delivery' | 'intake'): Promise<number> {
  const opened = await openIncident(services, {
    ...{ title: 'Chatwoot does not answer', reason: 'Nobody can write.', severity, cause },
    ...{ actor: person('Nora'), now: START },
  });
  if (opened.outcome !== 'opened') throw new Error(opened.outcome);
  return opened.incidentId;
}

const drain = async (now: Date) => {
  while (await sendNotifications(services, now, { kinds: ['push'], linkInMessage }));
};
const shown = () => pushes.received.map(({ path, payload }) => [path, payload.title.replace(/^\S+ /, '')]);
const outbox = async () =>
  (
    await services.db.pool.query<{ state: string; answer: string | null; due: number; attempts: number }>(
      `SELECT state, answer, extract(epoch FROM due_at - $1)::int AS due, attempts FROM notifications
       WHERE channel->>'kind' = 'push' ORDER BY id`,
      [START],
    )
  ).rows;

test('an incident wakes a phone: encrypted for it, as this app, with a link that acknowledges as its person', async () => {
  await open();
  const phone = await turnOn();
  const id = await incident('P0', 'chatwoot');
  await drain(at(1));
  expect(pushes.problems).toEqual([]);
  const [{ headers, payload }] = pushes.received as [(typeof pushes.received)[number]];
  expect([headers.urgency, headers.ttl]).toEqual(['high', '14400']);
  expect(payload).toEqual({
    title: `🔴 [P0] Incident ${id} opened: Chatwoot does not answer`,
    body: expect.any(String) as string,
    tag: `incident-${id}`,
    path: `/incidents/${id}`,
    acknowledge: expect.stringMatching(/^\/acknowledge\/\d+\.[\w-]{43}$/) as string,
    calls: true,
  });
  const token = payload.acknowledge!.slice('/acknowledge/'.length);
  expect(await readLinkState(services, token, at(2))).toMatchObject({ state: 'open', reader: 'Ada' });

  await acknowledge(services, { incidentId: id, actor: person('Ben'), now: at(60) });
  await drain(at(61));
  // Who has taken it is told, and wakes nobody.
  expect(
    pushes.received.map(({ payload: told, headers: said }) => [
      told.calls,
      told.acknowledge === null,
      said.urgency,
    ]),
  ).toEqual([
    [true, false, 'high'],
    [false, true, 'normal'],
  ]);
  expect(pushes.received[1]!.payload.tag).toBe(payload.tag);
  expect((await outbox()).map(({ state, answer }) => [state, answer])).toEqual([
    ['accepted', '201'],
    ['accepted', '201'],
  ]);
  expect(phone.path).toBe(pushes.received[0]!.path);
});

test('what a phone is woken for is its person’s choice: severities, and only when the ladder calls them', async () => {
  await open();
  const [every, called] = [await turnOn(['P0']), await turnOn(['P0', 'P1'], true)];
  await services.db.pool.query(
    "UPDATE contacts SET name = 'Ada', channels = $1 WHERE role = 'Engineering Manager'",
    [JSON.stringify([{ id: 'mail', kind: 'email', address: ada.email.toUpperCase(), secret: null }])],
  );
  await incident('P1', 'delivery');
  await drain(at(1));
  expect(shown()).toEqual([]);
  const id = await incident('P0', 'chatwoot');
  await drain(at(2));
  expect(shown()).toEqual([[every.path, `[P0] Incident ${id} opened: Chatwoot does not answer`]]);
  await tickEscalations(services, at(3));
  await drain(at(4));
  expect(shown().slice(1).sort()).toEqual(
    [every.path, called.path]
      .map((path) => [path, `[P0] Incident ${id} escalated: Chatwoot does not answer`])
      .sort(),
  );
  // Whoever was called hears what follows.
  await acknowledge(services, { incidentId: id, actor: person('Ben'), now: at(60) });
  await drain(at(61));
  expect(
    new Set(
      shown()
        .slice(3)
        .map(([path]) => path),
    ),
  ).toEqual(new Set([every.path, called.path]));
  expect(pushes.problems).toEqual([]);
});

test('a phone that is gone is taken off; one whose service asks to wait, or fails, is tried again', async () => {
  await open();
  const [gone, lost, busy, broken] = [await turnOn(), await turnOn(), await turnOn(), await turnOn()];
  pushes.setMode(gone.path, { status: 410 });
  pushes.setMode(lost.path, { status: 404 });
  pushes.setMode(busy.path, { status: 429, headers: { 'Retry-After': '120' } });
  pushes.setMode(broken.path, { status: 500 });
  await incident('P0', 'chatwoot');
  await drain(START);
  const rows = await outbox();
  expect(rows.map(({ state, answer }) => [state, answer?.slice(0, 3)])).toEqual([
    ['failed', '410'],
    ['failed', '404'],
    ['queued', '429'],
    ['queued', '500'],
  ]);
  expect(rows[2]!.due).toBeGreaterThanOrEqual(120);
  expect(rows[3]!.due).toBeLessThan(5);
  const devices = await readDevices(services, ada.id, START);
  expect(devices.map(({ id, endedBecause }) => [String(id), endedBecause])).toEqual([
    [busy.id, null],
    [broken.id, null],
    [gone.id, 'Its push service knows it no more (410).'],
    [lost.id, 'Its push service knows it no more (404).'],
  ]);
  for (const { path } of [busy, broken]) pushes.setMode(path, { status: 201 });
  await drain(at(60));
  expect(shown().map(([path]) => path)).toEqual([broken.path]);
  await drain(at(125));
  expect(shown().map(([path]) => path)).toEqual([broken.path, busy.path]);
  // A 200 is somebody else's.
  pushes.setMode(busy.path, { status: 200 });
  await incident('P0', 'intake');
  await drain(at(200));
  expect((await outbox()).map(({ state }) => state)).toContain('failed');
});

test('whoever loses their access is woken no more, also when they are let in again', async () => {
  await open();
  await turnOn();
  await incident('P0', 'chatwoot');
  const nora = person('Nora', { id: 'cli', role: 'operator', via: 'cli' });
  await deactivatePerson(services, { personId: ada.id, actor: nora, now: at(1) });
  await drain(at(2));
  expect(shown()).toEqual([]);
  expect(await outbox()).toMatchObject([
    { state: 'failed', answer: 'This browser was taken off, or its person has no access.' },
  ]);
  await reactivatePerson(services, { personId: ada.id, actor: nora, now: at(3) });
  await incident('P0', 'intake');
  await drain(at(4));
  expect(shown()).toEqual([]);
  const { rows } = await services.db.pool.query('SELECT subscription FROM push_devices');
  expect(rows).toEqual([{ subscription: '' }]);
});

test('keys are made once, and no address stands in the database in clear; without the key it is tried again', async () => {
  await open(KEYS);
  const made = await Promise.all(Array.from({ length: 8 }, () => readOrMakePushKey(services, START)));
  expect(new Set(made.map((key) => key?.privateKey)).size).toBe(1);
  const phone = await turnOn();
  const { rows } = await services.db.pool.query<{ all: string }>(
    'SELECT (SELECT to_json(d)::text FROM push_devices d) || (SELECT to_json(k)::text FROM push_key k) AS all',
  );
  for (const secret of [phone.path, made[0]!.privateKey]) expect(rows[0]!.all).not.toContain(secret);
  await incident('P0', 'chatwoot');
  const without = await createTestServices({
    DATABASE_URL: services.databaseUrl,
    APP_URL: 'https://outage.example.com',
    OUTBOUND_LOOPBACK_ONLY: 'true',
  });
  await sendNotifications(without, at(1), { kinds: ['push'] });
  expect(await outbox()).toMatchObject([{ state: 'queued', attempts: 1 }]);
  await without.close();
  await drain(at(60));
  expect(shown()).toHaveLength(1);
  expect(pushes.problems).toEqual([]);
});

test('a step that calls several people wakes the phones of each', async () => {
  await open();
  const warnings: string[] = [];
  const warned = ({ message }: Error) => warnings.push(message);
  process.on('warning', warned);
  const own = await turnOn(['P0'], true);
  const team = await services.db.pool.query(
    `INSERT INTO contacts (role, name, audience, position, channels)
     SELECT role, n, audience, position, jsonb_build_array(jsonb_build_object('id', n, 'kind', 'email', 'address',
       CASE n WHEN 'Ada' THEN $1 ELSE n || '@example.com' END, 'secret', NULL))
     FROM contacts, unnest(ARRAY['Ada', 'Ben', 'Cem']) AS n WHERE role = 'Engineering Manager'`,
    [ada.email.toUpperCase()],
  );
  expect(team.rowCount).toBe(3);
  await incident('P0', 'chatwoot');
  await tickEscalations(services, at(3));
  await drain(at(4));
  expect(shown()).toEqual([[own.path, expect.stringContaining('escalated') as string]]);
  await new Promise((done) => setImmediate(done));
  process.off('warning', warned);
  // Statements beside each other on one connection are not allowed for long.
  expect(warnings).toEqual([]);
});

test('a rotation of the keys leaves every phone awake; when a key is lost an admin begins anew, and it is said', async () => {
  await open(KEYS);
  const key = (letter: number) => Buffer.alloc(32, letter).toString('base64');
  const withKeys = (keys: string) =>
    createTestServices({
      ...{ DATABASE_URL: services.databaseUrl, OUTBOUND_LOOPBACK_ONLY: 'true', DATA_ENCRYPTION_KEYS: keys },
      APP_URL: 'https://outage.example.com',
    });
  const [, asleep] = [await turnOn(), await turnOn()];
  const before = (await readOrMakePushKey(services, START))!;
  const rotating = await withKeys(`second:${key(8)},first:${key(7)}`);
  expect(await readOrMakePushKey(rotating, at(1))).toEqual(before);
  await rotating.close();
  const rotated = await withKeys(`second:${key(8)}`);
  expect(await readOrMakePushKey(rotated, at(2))).toEqual(before);
  expect(await findDevice(rotated, Number(asleep.id))).toMatchObject({ key: before });
  const asked = {
    fields: new URLSearchParams({ do: 'device-key' }),
    actor: { ...person('Ada'), personId: ada.id },
    now: at(3),
  };
  expect(await changeDevicesByForm(rotated, asked)).toEqual({ outcome: 'device_done', done: 'nothing' });
  await rotated.close();
  const lost = await withKeys(`third:${key(9)}`);
  expect(await readOrMakePushKey(lost, at(4))).toBeNull();
  expect(await changeDevicesByForm(lost, asked)).toEqual({ outcome: 'device_done', done: 'device_key' });
  expect((await readDevices(lost, ada.id, at(5))).map(({ endedBecause }) => endedBecause)).toEqual(
    Array(2).fill('The key that it was bound to was lost. Turn it on anew.'),
  );
  expect((await readOrMakePushKey(lost, at(6)))?.publicKey).not.toBe(before.publicKey);
  await lost.close();
});

test('no browser leads this app into a private network, whatever is allowed to admins, and what is no subscription is refused', async () => {
  await open({ OUTBOUND_LOOPBACK_ONLY: 'false', OUTBOUND_ALLOW_PRIVATE: 'true' });
  const key = (await readOrMakePushKey(services, START))!;
  const { json, path } = pushes.subscribe(key.publicKey);
  const inPrivate = json.replace('http://', 'https://');
  for (const text of [
    '',
    '{}',
    'null',
    json,
    inPrivate.replace('"auth":"', '"auth":"x'),
    inPrivate.replace('https:', 'file:'),
  ])
    expect(await send({ do: 'device-add', subscription: text }), text).toMatchObject({
      outcome: 'problem',
      status: 400,
    });
  await send({ do: 'device-add', subscription: inPrivate, name: 'x' });
  const { id } = (await readDevices(services, ada.id, START))[0]!;
  expect(await send({ do: 'device-test', device: String(id) })).toMatchObject({
    accepted: false,
    answer: expect.stringMatching(/^Not called: /) as string,
  });
  await incident('P0', 'chatwoot');
  await drain(at(1));
  const row = (await outbox()).at(-1);
  expect(row).toMatchObject({ state: 'failed', answer: expect.stringMatching(/^Not called: /) as string });
  expect(row!.answer).not.toContain(path);
  expect(shown()).toEqual([]);
});

test('of what a push service answers its person sees the status alone', async () => {
  await open();
  const phone = await turnOn();
  pushes.setMode(phone.path, { status: 400, body: '{"internal":"of another server"}' });
  expect(await send({ do: 'device-test', device: phone.id })).toMatchObject({
    accepted: false,
    answer: '400',
  });
  expect(JSON.stringify(await outbox())).not.toContain('internal');
});

test('devices are their person’s own; a test says what was answered; ten are the most', async () => {
  await open();
  const phone = await turnOn();
  const ben = await addPerson(services.databaseUrl, 'viewer', 'Ben');
  for (const verb of ['device-edit', 'device-remove', 'device-test'])
    expect(await send({ do: verb, device: phone.id, severity: 'P0' }, ben)).toMatchObject({ status: 404 });
  expect(await send({ do: 'device-test', device: phone.id })).toMatchObject({
    outcome: 'device_tested',
    accepted: true,
    answer: '201',
  });
  expect(shown()).toEqual([[phone.path, expect.stringContaining('Push works') as string]]);
  expect(await send({ do: 'device-test', device: phone.id })).toMatchObject({ status: 429 });
  expect(await send({ do: 'device-edit', device: phone.id })).toMatchObject({ status: 400 });
  // The same browser, turned on by somebody else, is theirs alone.
  expect(await send({ do: 'device-add', subscription: phone.json }, ben)).toMatchObject({
    outcome: 'device_done',
  });
  expect(await send({ do: 'device-test', device: phone.id })).toMatchObject({ status: 404 });
  for (let n = 0; n < 10; n += 1) await turnOn();
  const key = (await readOrMakePushKey(services, START))!;
  expect(await send({ do: 'device-add', subscription: pushes.subscribe(key.publicKey).json })).toMatchObject({
    status: 409,
  });
  const { rows } = await services.db.pool.query<{ action: string }>(
    "SELECT DISTINCT action FROM audit_log WHERE action LIKE 'push.%' OR action = 'notifications.test' ORDER BY 1",
  );
  expect(rows.map(({ action }) => action)).toEqual(['notifications.test', 'push.add']);
});
