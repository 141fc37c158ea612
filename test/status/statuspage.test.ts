import { afterEach, beforeEach, expect, test } from 'vitest';
import { publishUpdate, type UpdateRequest } from '../../app/features/status/publish-update.server.ts';
import { tickStatus } from '../../app/features/status/tick-status.server.ts';
import { after, createNotifyWorld, type NotifyWorld } from '../notify/notify-world.ts';
import { person } from '../support/person.ts';
import { startStatuspage } from './statuspage-stub.ts';

const KEY = '0123456789abcdef0123456789abcdef';
let world: NotifyWorld;
let statuspage: Awaited<ReturnType<typeof startStatuspage>>;
let seen = 0;

beforeEach(async () => {
  seen = 0;
  statuspage = await startStatuspage({ key: KEY, page: 'qfn30z5r6s5h' });
  world = await createNotifyWorld({
    STATUS_PAGE: 'on',
    STATUSPAGE_API_URL: `${statuspage.url}/`,
    STATUSPAGE_API_KEY: KEY,
    STATUSPAGE_PAGE_ID: 'qfn30z5r6s5h',
  });
});
afterEach(async () => {
  await world.close();
  await statuspage.stop();
});

/** Components 1 to 3 are Chat, E-mail and Automatic answers, which Statuspage does not have. */
async function publish(second: number, more: Partial<UpdateRequest> = {}) {
  const { services } = world;
  const result = await publishUpdate(services, {
    incidentId: world.incidentId,
    title: 'Chat does not work',
    state: 'investigating',
    text: 'We are looking into it.\n\nPlease write to help@example.com.',
    affects: { 1: 'major_outage', 3: 'partial_outage' },
    actor: person('Ada'),
    now: after(second),
    ...{ seen, channels: ['statuspage'], nextAt: null, ...more },
  });
  expect(result.outcome).toBe('published');
  const { rows } = await services.db.pool.query<{ id: number }>(
    'SELECT max(id)::int AS id FROM status_updates',
  );
  seen = rows[0]!.id;
}
const ours = () =>
  statuspage.incidents.filter(({ metadata }) => JSON.stringify(metadata).includes('outage_center'));
const states = () => Object.fromEntries(statuspage.components.map(({ name, status }) => [name, status]));

test('an update is an incident there, the next ones are its updates, and the last one ends it', async () => {
  await publish(0);
  await world.drain(after(1));
  expect(states()).toEqual({ chat: 'major_outage', 'E-mail': 'operational' });
  await publish(60, { state: 'identified', text: 'A server.', affects: { 2: 'degraded_performance' } });
  await world.drain(after(61));
  // What is not affected any more is said to work.
  expect(states()).toEqual({ chat: 'operational', 'E-mail': 'degraded_performance' });
  await publish(120, { state: 'resolved', text: 'Over.', affects: { 2: 'degraded_performance' } });
  await world.drain(after(121));
  expect(states()).toEqual({ chat: 'operational', 'E-mail': 'operational' });
  await publish(180, { state: 'postmortem', text: 'It was a server.', affects: { 2: 'operational' } });
  await world.drain(after(181));
  expect(ours()).toMatchObject([
    {
      status: 'resolved',
      incident_updates: [
        { status: 'resolved', body: 'Over.' },
        { status: 'identified', body: 'A server.' },
        { status: 'investigating', body: expect.stringContaining('write to help@example.com') as string },
      ],
    },
  ]);
  expect(statuspage.refused).toEqual([]);
  const rows = await world.rows();
  expect(rows.map(({ state }) => state)).toEqual(['accepted', 'accepted', 'accepted']);
  expect(rows[0]!.answer).toBe('Incident i1 there says so. It has no component called “Automatic answers”.');
  // Nobody else's incident was touched.
  expect(statuspage.incidents.find(({ id }) => id === 'x0other')).toMatchObject({ status: 'investigating' });
});

test('an answer that is lost makes no second incident and no second update', async () => {
  statuspage.loseAnswer();
  await publish(0);
  await world.drain(after(1));
  expect((await world.rows())[0]).toMatchObject({ state: 'queued' });
  await world.run(2, 20, 2);
  statuspage.loseAnswer();
  await publish(30, { text: 'Still looking.' });
  await world.run(31, 60, 2);
  expect((await world.rows()).map(({ state }) => state)).toEqual(['accepted', 'accepted']);
  expect(ours().map(({ incident_updates }) => incident_updates.length)).toEqual([2]);
});

test('an update that differs only in its components is told', async () => {
  await publish(0);
  await world.drain(after(1));
  expect(states()).toMatchObject({ chat: 'major_outage' });
  await publish(60, { affects: { 1: 'partial_outage', 3: 'partial_outage' } });
  await world.drain(after(61));
  expect(states()).toMatchObject({ chat: 'partial_outage' });
  expect(ours().map(({ incident_updates }) => incident_updates.length)).toEqual([2]);
});

test('an answer that breaks off is on record and tried again', async () => {
  statuspage.answerOnce({ status: 200, body: '[{"id": "c0chat", "na' });
  await publish(0);
  await world.drain(after(1));
  expect((await world.rows())[0]).toMatchObject({
    ...{ state: 'queued', attempts: 1 },
    answer: expect.stringContaining('an answer that cannot be read') as string,
  });
  await world.run(2, 10, 2);
  expect((await world.rows())[0]).toMatchObject({ state: 'accepted' });
});

test.each([
  [429, '{"error":"Too many requests"}', { 'Retry-After': '30' }, 30],
  [420, '{"error":"Enhance your calm"}', {}, 60],
  [503, '<html>', {}, 1],
] as const)('%i is tried again, and the updates stay in order', async (status, body, headers, seconds) => {
  statuspage.answerOnce({ status, body, headers });
  await publish(0);
  await world.drain(after(1));
  await publish(1, { state: 'identified', text: 'Second.' });
  await world.drain(after(seconds / 2));
  expect(ours()).toEqual([]);
  await world.run(seconds, seconds + 14, 2);
  expect(ours()[0]!.incident_updates.map(({ status: said }) => said)).toEqual([
    'identified',
    'investigating',
  ]);
});

test.each([
  [401, `{"error":"Could not authenticate with ${KEY}"}`, /^401 .*\[hidden\]/],
  [422, '{"error":["name is too long"]}', /^422 /],
  [200, '<!doctype html><title>Sign in</title>', /^It did not say that it took it: 200 with a page/],
  [200, '', /^It did not say that it took it: 200/],
] as const)('%i %s is refused, with a sentence and without the key', async (status, body, answer) => {
  statuspage.answerOnce({ status, body });
  await publish(0);
  await world.run(0, 4, 2);
  const [row] = await world.rows();
  expect(row).toMatchObject({ state: 'failed', answer: expect.stringMatching(answer) as string });
  expect(row!.answer).not.toContain(KEY);
});

test('what is published by itself is published there too', async () => {
  const { pool } = world.services.db;
  await pool.query('UPDATE status_components SET auto_publish_minutes = 1 WHERE id = 1');
  await pool.query("UPDATE incidents SET cause = 'chatwoot' WHERE id = $1", [world.incidentId]);
  await tickStatus(world.services, after(30));
  await world.drain(after(30));
  expect(ours()).toEqual([]);
  await tickStatus(world.services, after(61));
  await tickStatus(world.services, after(62));
  await world.drain(after(62));
  expect(ours()).toMatchObject([{ name: 'Chat does not work', status: 'investigating' }]);
  expect(ours()[0]!.incident_updates).toHaveLength(1);
  expect(states()).toMatchObject({ chat: 'major_outage' });
  await pool.query(
    `WITH other AS (
       INSERT INTO incidents (cause, title, severity, started_at, opened_at, opened_by)
       VALUES ('other', 'More', 'P0', $1, $1, 'alert') RETURNING id
     ) UPDATE incidents SET status = 'merged', merged_into = other.id FROM other WHERE incidents.id = $2`,
    [after(80), world.incidentId],
  );
  await tickStatus(world.services, after(90));
  await world.drain(after(91));
  expect(ours()).toMatchObject([{ status: 'resolved' }]);
  // The other incident goes on about the same component.
  expect(states()).toMatchObject({ chat: 'major_outage' });
});
