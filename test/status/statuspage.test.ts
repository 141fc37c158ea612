import { afterEach, beforeEach, expect, test } from 'vitest';
import { merge } from '../../app/features/incidents/merge-incidents.server.ts';
import { publishUpdate, type UpdateRequest } from '../../app/features/status/publish-update.server.ts';
import { readNoticeOf, readNotices } from '../../app/features/status/read-notices.server.ts';
import { replaceText } from '../../app/features/status/draft-update.server.ts';
import { readSends, retrySend } from '../../app/features/status/read-sends.server.ts';
import { tickStatus } from '../../app/features/status/tick-status.server.ts';
import { updateChannels } from '../../app/features/status/update-channels.ts';
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
  if (result.outcome !== 'published') throw new Error(result.outcome);
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

/** Chat may publish by itself after a minute, and does. */
async function publishItself() {
  const { pool } = world.services.db;
  await pool.query('UPDATE status_components SET auto_publish_minutes = 1 WHERE id = 1');
  await tick(61);
}
async function tick(second: number) {
  await tickStatus(world.services, after(second));
  await world.drain(after(second));
}
const change = (sets: string, ...values: unknown[]) =>
  world.services.db.pool.query(`UPDATE incidents SET ${sets} WHERE id = 12`, values);
const said = async () =>
  (
    await world.services.db.pool.query<{ said: string }>(
      "SELECT state || ': ' || text AS said FROM status_updates ORDER BY id",
    )
  ).rows.map((row) => row.said);
const form = async () => (await readNoticeOf(world.services.db.pool, world.incidentId))!;

test('what is published by itself is published there too, and can be seen, tried again and taken over', async () => {
  const { services } = world;
  await tick(30);
  expect(ours()).toEqual([]);
  statuspage.answerOnce({ status: 401, body: '{"error":"no"}' });
  await publishItself();
  const notice = await form();
  const [update] = notice.updates;
  expect(await readSends(services, update!, true)).toMatchObject([
    { key: 'page', state: 'done' },
    { key: 'banner', state: 'done' },
    { key: 'statuspage', state: 'failed', retry: true },
    { key: 'subscribers', state: 'done' },
  ]);
  const again = { updateId: update!.id, key: 'statuspage', actor: person('Ada'), now: after(62) };
  expect(await retrySend(services, again)).toBe(true);
  await tick(63);
  expect(ours()).toMatchObject([{ name: 'Chat: not working', status: 'investigating' }]);
  expect(ours()[0]!.incident_updates).toHaveLength(1);
  expect(states()).toMatchObject({ chat: 'major_outage' });
  // Nobody has chosen a channel yet: everybody who was told hears how it ends.
  const channels = updateChannels(
    { title: notice.title, state: 'resolved', text: 'Over.', affects: notice.affects },
    {
      ...{
        incidentId: 12,
        contact: '',
        language: 'en',
        subscribers: null,
        pageTitle: 'Support status',
        on: true,
        chats: ['slack'],
        statuspage: true,
        email: 'help@example.com',
      },
      ...{ appUrl: undefined, fallbackOn: false, inboxes: [], names: { 1: 'Chat' } },
      ...{ chosen: notice.chosen, now: after(64) },
    },
  ).flatMap(({ key, ticked }) => (ticked ? [key] : []));
  expect(channels).toEqual(['page', 'banner', 'statuspage', 'slack']);
  seen = update!.id;
  await publish(70, { state: 'resolved', text: 'Over.', channels });
  await world.drain(after(71));
  expect(ours()).toMatchObject([{ status: 'resolved' }]);
  expect((await form()).chosen).toEqual(['page', 'banner', 'statuspage', 'slack']);
});

test('what comes and goes is told once, and then how it is when it is steady', async () => {
  await publishItself();
  await change('recovered_at = $1', after(70));
  await tick(71);
  const lull = `{[${after(70).toISOString()},${after(80).toISOString()})}`;
  await change('recovered_at = NULL, flapping_since = $1, lulls = $2', after(80), lull);
  for (const [second, recovered] of [
    [81, null],
    [91, after(90)],
    [101, null],
    [111, after(110)],
  ] as const) {
    await change('recovered_at = $1', recovered);
    await tick(second);
  }
  await change('flapping_since = NULL');
  await tick(500);
  expect(await said()).toEqual([
    expect.stringMatching(/^investigating: Chat: not working since 23 Nov, 05:12 UTC\. We/),
    expect.stringMatching(/^monitoring: Chat: working again since 23 Nov, 05:13 UTC\. We/),
    expect.stringMatching(/^investigating: Chat: working on and off since 23 Nov, 05:12 UTC\. We/),
    expect.stringMatching(/^monitoring: Chat: working again since 23 Nov, 05:13 UTC\. We/),
  ]);
});

/** Incident 12 becomes part of another one, which has begun by hand. */
async function mergeInto(id: number, second: number) {
  await world.services.db.pool.query(
    `INSERT INTO incidents (id, cause, title, severity, started_at, opened_at, opened_by)
     VALUES ($1, 'other', 'More', 'P0', $2, $2, 'alert')`,
    [id, after(second)],
  );
  const actor = person('Ada');
  const merged = await merge(world.services, { incidentId: 12, into: id, actor, now: after(second) });
  expect(merged).toEqual({ outcome: 'merged', into: id });
}

test('its notice goes on as that of the incident that its own was merged into, and ends with it', async () => {
  await publishItself();
  await mergeInto(13, 80);
  await tick(90);
  await tick(91);
  expect(ours()).toMatchObject([{ status: 'investigating' }]);
  await world.services.db.pool.query(
    "UPDATE incidents SET status = 'resolved', resolved_at = $1 WHERE id = 13",
    [after(100)],
  );
  await tick(101);
  expect(ours()).toMatchObject([{ status: 'resolved' }]);
  expect(states()).toMatchObject({ chat: 'operational' });
  expect(await said()).toHaveLength(2);
});

test('when the other has a notice too, that one speaks for both until it is over', async () => {
  await publishItself();
  await mergeInto(11, 80);
  await publish(85, { incidentId: 11, title: 'More', affects: { 2: 'partial_outage' }, seen: 0 });
  await tick(90);
  await tick(91);
  expect((await said()).at(-1)).toBe(
    'resolved: This is part of another incident now: see there for updates.',
  );
  expect(ours().map(({ status }) => status)).toEqual(['investigating', 'resolved']);
  expect(states()).toEqual({ chat: 'major_outage', 'E-mail': 'partial_outage' });
  const { affects, updates } = (await readNoticeOf(world.services.db.pool, 11))!;
  expect(affects).toEqual({ 1: 'major_outage', 2: 'partial_outage' });
  const resolved = {
    incidentId: 11,
    title: 'More',
    state: 'resolved',
    affects,
    seen: updates[0]!.id,
  } as const;
  await publish(95, resolved);
  await world.drain(after(96));
  expect(ours().map(({ status }) => status)).toEqual(['resolved', 'resolved']);
  expect(states()).toEqual({ chat: 'operational', 'E-mail': 'operational' });
});

test('an incident that is opened again after its notice ended is published anew, also by itself', async () => {
  await publishItself();
  await change("status = 'resolved', resolved_at = $1, recovered_at = $1", after(100));
  await tick(101);
  await tick(102);
  await change("status = 'open', resolved_at = NULL, recovered_at = NULL");
  await tick(110);
  await tick(111);
  expect((await said()).map((text) => text.split(':')[0])).toEqual([
    'investigating',
    'resolved',
    'investigating',
  ]);
  expect(
    ours()
      .map(({ status }) => status)
      .sort(),
  ).toEqual(['investigating', 'resolved']);
});

test('a component that was removed meanwhile is still called by its name', async () => {
  await publishItself();
  await world.services.db.pool.query('UPDATE status_components SET removed_at = $1 WHERE id = 1', [
    after(70),
  ]);
  await change("status = 'resolved', resolved_at = $1, recovered_at = $1", after(100));
  await tick(101);
  expect((await said()).at(-1)).toBe('resolved: Chat: working again since 23 Nov, 05:13 UTC. This is over.');
});

test('looking back is published only of what is over', async () => {
  const looking = { state: 'postmortem', text: 'It was a server.' } as const;
  await expect(publish(0, looking)).rejects.toThrow('not_resolved_yet');
  await publish(1, { state: 'resolved', text: 'Over.' });
  await publish(2, looking);
});

test('while the page is off it is not said that customers were told, and its banner comes with it', async () => {
  world.services.config = { ...world.services.config, STATUS_PAGE: null };
  await publish(0, { channels: [] });
  const { pool } = world.services.db;
  const { rows } = await pool.query<{ text: string }>(
    "SELECT text FROM incident_timeline WHERE kind = 'status_published'",
  );
  expect(rows).toEqual([
    { text: expect.stringMatching(/^Kept for the status page, which is off/) as string },
  ]);
  expect(await readNotices(pool)).toMatchObject([{ banner: true }]);
  expect((await form()).chosen).toEqual(['page', 'banner']);
});

test('a replacement that Statuspage refused is said, tried again, and holds up no later one', async () => {
  const { services } = world;
  await publish(0, { text: 'First.' });
  await world.drain(after(1));
  const replace = (second: number, was: string, text: string) =>
    replaceText(services, {
      ...{ incidentId: world.incidentId, updateId: seen, was, text },
      ...{ actor: person('Ada'), now: after(second) },
    });
  const sends = async () =>
    (
      await readSends(services, (await readNoticeOf(services.db.pool, world.incidentId))!.updates[0]!, true)
    ).filter(({ key }) => key === 'statuspage');
  const again = (second: number) =>
    retrySend(services, { updateId: seen, key: 'statuspage', actor: person('Ada'), now: after(second) });
  const body = () => ours()[0]!.incident_updates.map((one) => one.body);
  const refuse = () => statuspage.answerOnce({ status: 422, body: '{"error":"not now"}' });

  await replace(10, 'First.', 'Second.');
  refuse();
  await world.drain(after(11));
  expect(await sends()).toMatchObject([
    { key: 'statuspage', state: 'failed', retry: true, words: expect.stringContaining('422') as string },
  ]);
  await replace(20, 'Second.', 'Third.');
  expect(await sends()).toMatchObject([{ state: 'waiting', words: 'On its way.' }]);
  await world.drain(after(21));
  expect([body(), (await sends())[0]]).toMatchObject([['Third.'], { state: 'done' }]);

  await replace(30, 'Third.', 'Fourth.');
  refuse();
  await world.drain(after(31));
  expect([await again(32), await again(33)]).toEqual([true, false]);
  await world.drain(after(34));
  expect([body(), (await sends())[0]]).toMatchObject([['Fourth.'], { state: 'done' }]);

  // During a deploy one of the version before has left it out: it knows no such message, and tells nobody anew.
  await replace(40, 'Fourth.', 'Fifth.');
  const { pool } = services.db;
  const { rows } = await pool.query<{ message: object }>(
    "UPDATE notifications SET state = 'folded', finished_at = $1 WHERE state = 'queued' RETURNING message",
    [after(40)],
  );
  expect(rows.map(({ message }) => Object.keys(message).includes('update'))).toEqual([false]);
  expect(await sends()).toMatchObject([{ state: 'failed', retry: true }]);
  expect(await again(41)).toBe(true);
  await world.drain(after(42));
  expect([body(), (await sends())[0]]).toMatchObject([['Fifth.'], { state: 'done' }]);
  expect(ours().map(({ incident_updates }) => incident_updates.length)).toEqual([1]);
});

test('an update that never got there goes there as it is now when it is tried again', async () => {
  const { services } = world;
  await publish(0, { text: 'First.' });
  statuspage.answerOnce({ status: 503, body: 'down' });
  await world.drain(after(1));
  const was = { incidentId: world.incidentId, updateId: seen, was: 'First.', text: 'Second.' };
  await replaceText(services, { ...was, actor: person('Ada'), now: after(2) });
  statuspage.answerOnce({ status: 422, body: '{"error":"not now"}' });
  await world.run(3, 60, 2);
  const sends = async () =>
    (
      await readSends(services, (await readNoticeOf(services.db.pool, world.incidentId))!.updates[0]!, true)
    ).filter(({ key }) => key === 'statuspage');
  expect(await sends()).toMatchObject([{ state: 'failed', retry: true }]);
  const again = { updateId: seen, key: 'statuspage', actor: person('Ada'), now: after(70) };
  expect(await retrySend(services, again)).toBe(true);
  await world.run(71, 80, 2);
  expect(ours()[0]!.incident_updates.map(({ body }) => body)).toEqual(['Second.']);
  expect(await sends()).toMatchObject([{ state: 'done' }]);
});

test('a text is replaced once it was published: there in place, nobody is told again, and what it was is kept', async () => {
  const { services } = world;
  await publish(0, { text: 'Chat is donw.', channels: ['statuspage', 'slack', 'subscribers'] });
  await world.drain(after(1));
  await publish(60, { state: 'identified', text: 'A server.' });
  const replace = (
    second: number,
    was: string,
    text: string,
    more: { updateId?: number; incidentId?: number } = {},
  ) =>
    replaceText(services, {
      ...{ incidentId: world.incidentId, updateId: 1, was, text },
      ...{ actor: person('Ada'), now: after(second), ...more },
    });
  expect(await replace(61, 'Chat is donw.', ' ')).toBe('text_missing');
  expect(await replace(61, 'Something else', 'x')).toBe('changed_meanwhile');
  expect(await replace(61, 'Chat is donw.', 'x', { updateId: 99 })).toBe('not_found');
  expect(await replace(61, 'Chat is donw.', 'x', { incidentId: 99 })).toBe('not_found');
  // What goes on is told first, then what is mended.
  expect(await replace(62, 'Chat is donw.', 'Chat is down.')).toBe('replaced');
  const slack = world.stubs.slack.received.length;
  statuspage.loseAnswer();
  await world.drain(after(63));
  await world.run(64, 90, 3);
  expect(ours()).toMatchObject([
    {
      status: 'identified',
      incident_updates: [
        { status: 'identified', body: 'A server.' },
        { status: 'investigating', body: 'Chat is down.' },
      ],
    },
  ]);
  expect(statuspage.refused).toEqual([]);
  expect(world.stubs.slack.received.length).toBe(slack);
  expect(await replace(100, 'Chat is down.', 'Chat is down for everybody.')).toBe('replaced');
  // The same again says nothing new.
  expect(await replace(101, 'Chat is down for everybody.', 'Chat is down for everybody.')).toBe('replaced');

  const notice = (await readNoticeOf(services.db.pool, world.incidentId))!;
  expect(notice.updates.map(({ text, earlier }) => [text, earlier.map((one) => [one.text, one.by])])).toEqual(
    [
      ['A server.', []],
      [
        'Chat is down for everybody.',
        [
          ['Chat is donw.', 'Ada'],
          ['Chat is down.', 'Ada'],
        ],
      ],
    ],
  );
  // What was not told yet goes out as it is now, and alone.
  await publish(110, { state: 'monitoring', text: 'Fixd.' });
  expect(await replace(111, 'Fixd.', 'Fixed.', { updateId: seen })).toBe('replaced');
  expect((await world.rows()).filter(({ key }) => key.startsWith(`status:${seen}:`))).toHaveLength(1);

  const [shown] = await readNotices(services.db.pool);
  expect(shown!.updates[2]).toMatchObject({
    text: 'Chat is down for everybody.',
    at: after(0).toISOString(),
    replacedAt: after(100).toISOString(),
  });
  // Somebody mended it there, too: it is not overwritten.
  ours()[0]!.incident_updates[1]!.body = 'Chat and more.';
  await world.drain(after(112));
  const rows = await world.rows();
  expect(rows.filter(({ state }) => state === 'failed')).toMatchObject([
    { answer: expect.stringContaining('edited it there') as string },
  ]);
  const bodies = ours()[0]!.incident_updates.map(({ body }) => body);
  expect(bodies).toEqual(['Fixed.', 'A server.', 'Chat and more.']);
  const { rows: audited } = await services.db.pool.query<{ action: string }>(
    "SELECT action FROM audit_log WHERE action = 'status.replaced'",
  );
  expect(audited).toHaveLength(3);
});
