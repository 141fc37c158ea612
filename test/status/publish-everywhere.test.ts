import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendNotifications } from '../../app/features/notify/send-notifications.server.ts';
import { publishUpdate, type UpdateRequest } from '../../app/features/status/publish-update.server.ts';
import { readNoticeOf, readOpenNotices, readTold } from '../../app/features/status/read-notices.server.ts';
import { readSends, retrySend } from '../../app/features/status/read-sends.server.ts';
import { tickUpdates } from '../../app/features/status/tick-updates.server.ts';
import { type Chats, startChats } from '../../app/sandbox/notifications/chats.ts';
import { notificationSettings, startNotifications } from '../../app/sandbox/notifications/notifications.ts';
import { ADA, createFallbackWorld, type FallbackWorld } from '../fallback/world.ts';
import { startStatuspage } from './statuspage-stub.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const TEXT = 'Chat has not worked since 05:12 UTC. Please write to help@example.com. {{customer}} {{secret}}';
const EVERYWHERE = ['banner', 'slack', 'teams', 'statuspage', 'template'];
let world: FallbackWorld;
let stubs: Awaited<ReturnType<typeof startNotifications>>;
let chats: Chats;
let statuspage: Awaited<ReturnType<typeof startStatuspage>>;
let now = new Date('2026-11-23T05:20:00Z');
let seen = 0;
let inbox: number;

beforeAll(async () => {
  [stubs, chats, statuspage] = await Promise.all([
    startNotifications(),
    startChats(),
    startStatuspage({ key: KEY, page: 'page12' }),
  ]);
  world = await createFallbackWorld({
    OUTBOUND_ALLOW_PRIVATE: 'true',
    SUPPORT_FALLBACK_EMAIL: 'help@example.com',
    STATUS_PAGE: 'on',
    STATUSPAGE_API_URL: statuspage.url,
    STATUSPAGE_API_KEY: KEY,
    STATUSPAGE_PAGE_ID: 'page12',
    ...notificationSettings(stubs),
    TEAMS_WEBHOOK_URL: chats.teams.url,
  });
  await world.services.db.pool.query(
    `INSERT INTO incidents (id, cause, title, severity, started_at, opened_at, opened_by)
     VALUES (12, 'chatwoot', 'Chatwoot does not answer', 'P0', $1, $1, 'alert')`,
    [new Date('2026-11-23T05:12:00Z')],
  );
  const listed = await world.api.listInboxes();
  inbox = listed.outcome === 'ok' ? Number(listed.value[0]!.id) : 0;
});
afterAll(async () => {
  await world?.close();
  await Promise.all([stubs?.stop(), chats?.stop(), statuspage?.stop()]);
});

const later = (minutes: number) => (now = new Date(now.getTime() + minutes * 60_000));
const newest = async () => (await readNoticeOf(world.services.db.pool, 12))!.updates[0]!;
const query = async <T extends object>(sql: string) => (await world.services.db.pool.query<T>(sql)).rows;
async function publish(more: Partial<UpdateRequest> = {}) {
  const outcome = await publishUpdate(world.services, {
    ...{
      incidentId: 12,
      seen,
      title: 'Chat does not work',
      state: 'investigating',
      text: TEXT,
      nextAt: null,
    },
    ...{ affects: { 1: 'major_outage' }, channels: EVERYWHERE, actor: ADA, now, ...more },
  });
  expect(outcome.outcome).toBe('published');
  seen = (await newest()).id;
}
/** Everything that is due goes out, and what was taken is ticked off. */
async function settle() {
  await tickUpdates(world.services, now);
  // Slack takes one message a second.
  for (let second = 0; second < 3; second += 1) {
    now = new Date(now.getTime() + 2000);
    while (await sendNotifications(world.services, now));
    await world.work(now);
  }
  await tickUpdates(world.services, now);
}
const sends = async () =>
  Object.fromEntries(
    (await readSends(world.services, await newest(), true)).map(({ key, ...send }) => [key, send]),
  );
const message = async () => {
  const listed = await world.api.listInboxes();
  return listed.outcome === 'ok' ? listed.value.find(({ id }) => Number(id) === inbox)!.hours : null;
};
const slackTexts = () => stubs.slack.received.map(({ text }) => text);

test('one text goes to every channel, each says what became of it, and the guide is filled', async () => {
  const before = await message();
  await world.toggle({ to: 'on', now });
  await settle();
  await publish({ channels: [...EVERYWHERE, `inbox/${inbox}`, 'inbox/x', 'nowhere'] });
  expect(await sends()).toMatchObject({
    slack: { state: 'waiting' },
    [`inbox/${inbox}`]: { state: 'waiting' },
  });
  await settle();
  const states = Object.entries(await sends()).map(([key, { state }]) => [key, state]);
  expect(states).toEqual(['page', ...EVERYWHERE, `inbox/${inbox}`].map((key) => [key, 'done']));
  expect(slackTexts().at(-1)).toContain(
    'update for customers: Chat does not work. Chat has not worked since',
  );
  expect(chats.teams.received.at(-1)!.text).toMatch(/update for customers: Chat does not work$/);
  expect(statuspage.incidents[0]).toMatchObject({ name: 'Chat does not work', status: 'investigating' });
  expect((await message())?.out_of_office_message).toBe(TEXT);
  const [template] = await query<{ body: string }>(
    "SELECT body FROM reply_templates WHERE name = 'Update on the outage'",
  );
  // What somebody wrote is no field.
  expect(template!.body).toMatch(
    /^Hello \{\{customer\}\},\n\nChat has .* \{ \{customer\}\} \{ \{secret\}\}\n\n\{\{agent\}\}$/,
  );
  const steps = await query<{ step: string; evidence: string }>(
    'SELECT step, evidence FROM incident_steps ORDER BY step',
  );
  expect(steps.map(({ step }) => step)).toEqual(
    ['customers', 'fallback', 'notice', 'own_status_page'].map((name) => `chatwoot.${name}`),
  );
  expect(steps[0]!.evidence).toMatch(/^Published on the status page at 05:20:\d\d UTC$/);

  // The next one takes its place everywhere, and nobody is said to have meddled when all is put back.
  later(10);
  await publish({ text: 'We found it.', state: 'identified', channels: ['template', `inbox/${inbox}`] });
  await settle();
  expect((await message())?.out_of_office_message).toBe('We found it.');
  expect(
    await query("SELECT 1 FROM reply_templates WHERE removed_at IS NULL AND name = 'Update on the outage'"),
  ).toHaveLength(1);
  await world.toggle({ to: 'off', now });
  await settle();
  expect(await message()).toEqual(before);
  const back = (await world.steps('off')).find(({ kind }) => kind === 'inbox');
  expect(back).toMatchObject({ state: 'done' });
  expect(back!.result).not.toContain('Somebody');
}, 60_000);

test('without fallback mode no inbox is changed, and it is said', async () => {
  const before = await message();
  later(1);
  await publish({ channels: [`inbox/${inbox}`] });
  await settle();
  expect(await sends()).toMatchObject({
    [`inbox/${inbox}`]: {
      state: 'failed',
      words: 'Fallback mode was switched off: the inbox is as it was before.',
    },
  });
  expect(await message()).toEqual(before);
});

test('what a channel refuses is said, and goes out when it is tried again', async () => {
  later(1);
  statuspage.answerOnce({ status: 401, body: '{"error":"no"}' });
  await publish({ text: 'Third.', channels: ['statuspage'] });
  await settle();
  expect(await sends()).toMatchObject({ statuspage: { state: 'failed', words: '401 {"error":"no"}' } });
  const again = { updateId: seen, key: 'statuspage', actor: ADA, now };
  expect(await retrySend(world.services, again)).toBe(true);
  expect(await retrySend(world.services, again)).toBe(false);
  await settle();
  expect(await sends()).toMatchObject({ statuspage: { state: 'done' } });
  expect(statuspage.incidents[0]!.incident_updates[0]!.body).toBe('Third.');
});

test('a promised update that does not come is reminded of once; the end ticks off who was told', async () => {
  later(1);
  await publish({ channels: [] });
  const reminders = () =>
    slackTexts().filter((text) => text?.includes('Customers were promised to hear more by')).length;
  later(29);
  await settle();
  expect(reminders()).toBe(0);
  later(2);
  await settle();
  expect(reminders()).toBe(1);
  await publish({ channels: [], nextAt: new Date(now.getTime() + 60 * 60_000) });
  later(59);
  await settle();
  expect(reminders()).toBe(1);
  await publish({ state: 'resolved', text: 'Over.', channels: ['banner'] });
  // What is corrected afterwards is no outage of its own.
  const notices = () => query('SELECT id FROM status_notices WHERE incident_id = 12');
  const before = await notices();
  await publish({ state: 'resolved', text: 'Over since noon.', channels: ['banner'] });
  expect(await notices()).toEqual(before);
  later(300);
  await settle();
  expect(reminders()).toBe(1);
  const marks = await query<{ item: string; note: string }>(
    'SELECT item, note FROM gate_marks ORDER BY item',
  );
  expect(marks.map(({ item }) => item)).toEqual(['customers', 'status_page']);
  expect(marks[0]!.note).toMatch(/^Published on the status page at /);
});

test('what is over here and not in public is found, and reminded of until it is ended', async () => {
  const { pool } = world.services.db;
  later(1);
  await publish({ channels: [] });
  const reminders = () =>
    slackTexts().filter((text) => text?.includes('customers are still told “Chat does not work”')).length;
  const open = async () => (await readOpenNotices(pool)).map(({ incidentId }) => incidentId);
  // The promise is spent while the incident goes on.
  later(31);
  await settle();
  later(200);
  await settle();
  expect(reminders()).toBe(0);
  await pool.query("UPDATE incidents SET status = 'resolved', resolved_at = $1 WHERE id = 12", [now]);
  expect([await open(), await readTold(pool, 12)]).toMatchObject([[12], { goesOn: true }]);
  later(1);
  await settle();
  expect(reminders()).toBe(1);
  later(61);
  await settle();
  expect(reminders()).toBe(2);
  // Merged: it is said where it goes on.
  await pool.query(
    `WITH other AS (
       INSERT INTO incidents (cause, title, severity, started_at, opened_at, opened_by)
       VALUES ('other', 'More', 'P0', $1, $1, 'alert') RETURNING id
     ) UPDATE incidents SET status = 'merged', resolved_at = NULL, merged_into = other.id FROM other WHERE incidents.id = 12`,
    [now],
  );
  later(61);
  await settle();
  expect(reminders()).toBe(3);
  expect(
    await query(`SELECT 1 FROM incident_timeline t JOIN incidents i ON i.id = t.incident_id
      WHERE t.kind = 'update_due' AND i.cause = 'other' AND t.text LIKE 'Incident 12 was merged into%'`),
  ).toHaveLength(1);
  await publish({ state: 'resolved', text: 'Over.', channels: [] });
  later(300);
  await settle();
  expect([reminders(), await open(), await readTold(pool, 12)]).toEqual([
    3,
    [],
    { goesOn: false, nextAt: null },
  ]);
});
