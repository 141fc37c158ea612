import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createDrillDatabase } from '../../app/features/drill/drill-database.server.ts';
import type { DrillDetail } from '../../app/features/drill/drill-view.ts';
import { durationsOf, PUBLIC_TEXT_MS, publicTextAfter } from '../../app/features/drill/durations.ts';
import { requestDrill } from '../../app/features/drill/request-drill.server.ts';
import type { Scenario } from '../../app/features/drill/scenarios.ts';
import { openIncident } from '../../app/features/incidents/open-incident.server.ts';
import { createPool } from '../../app/lib/database/database.server.ts';
import {
  notificationSettings,
  startNotifications,
  type Notifications,
} from '../../app/sandbox/notifications/notifications.ts';
import { person } from '../support/person.ts';
import { asSuperuser } from '../support/database.ts';
import { until } from '../support/until.ts';
import { mara, openStage, type Stage } from './drill-stage.ts';

let stubs: Notifications;
let stage: Stage;
beforeAll(async () => {
  stubs = await startNotifications();
  stage = await openStage({
    ...notificationSettings(stubs),
    APP_URL: 'https://outage.example.com',
    HEALTH_CHECK_INTERVAL: '30s',
    HEALTH_CONFIRM_INTERVAL: '15s',
  });
});
afterAll(async () => {
  await stage.close();
  await stubs.stop();
});

// What a failed test leaves behind must not fail the others, nor its own second try.
afterEach(async () => {
  const { pool } = stage.services.db;
  await pool.query(
    "UPDATE incidents SET status = 'resolved', resolved_at = now() WHERE status <> 'resolved'",
  );
  const { rows } = await pool.query<{ id: number }>('SELECT id FROM drill_runs WHERE ended_at IS NULL');
  for (const { id } of rows) {
    await stage.act(id, 'end');
    await stage.see(id, 'it has ended', isOver);
  }
});

const isRunning = ({ state }: DrillDetail) => state === 'running';
const isOver = ({ endedAt }: DrillDetail) => endedAt !== null;
const noticed = ({ detectedAt }: DrillDetail) => detectedAt !== null;
const databases = async () => {
  const { rows } = await stage.services.db.pool.query<{ datname: string }>(
    "SELECT datname FROM pg_database WHERE datname LIKE current_database() || '_drill_%'",
  );
  return rows.map(({ datname }) => datname);
};
const told = (): unknown[] =>
  [stubs.slack, stubs.pagerduty, stubs.email, stubs.webhook].flatMap(
    ({ received }) => [...received] as unknown[],
  );

test('from the outage to the recovery: every duration, and nothing of it in the app’s own record', async () => {
  const { services } = stage;
  // The drill has the words of the real page.
  await services.db.pool.query("UPDATE status_components SET name = 'Kundenchat' WHERE name = 'Chat'");
  await services.db.pool.query("UPDATE status_page SET language = 'de'");
  const id = await stage.ask();
  await stage.see(id, 'the outage has begun', isRunning);
  expect(await databases()).toHaveLength(1);
  await stage.see(id, 'it is noticed', noticed);
  expect(await stage.act(id, 'acknowledge')).toBe('Acknowledged.');
  const ready = await stage.see(id, 'a text is ready', ({ progress }) => Boolean(progress?.publicText));
  expect(ready.progress!.publicText!.title).toContain('Kundenchat');
  expect(await stage.act(id, 'publish')).toMatch(/^Published in the drill/);
  expect(await stage.act(id, 'publish')).toBe('Not done: it was published already.');
  expect(await stage.act(id, 'fallback_on')).toMatch(/^Fallback mode is on/);
  expect(await stage.act(id, 'fallback_on')).toMatch(/^Not done/);
  expect(await stage.act(id, 'repair')).toBe('Repaired.');
  await stage.see(id, 'it has recovered', ({ recoveredAt }) => recoveredAt !== null);
  expect(await stage.act(id, 'fallback_off')).toMatch(/^Fallback mode is off/);
  const drill = await stage.see(id, 'it is over', isOver);

  expect(drill).toMatchObject({
    state: 'done',
    endReason: 'Recovered: every alert is over.',
    acknowledgedBy: 'Mara',
    publishedBy: 'Mara',
    fallbackBy: 'Mara',
    repairedBy: 'Mara',
  });
  expect(publicTextAfter(drill)).toBeLessThan(PUBLIC_TEXT_MS);
  expect(drill.progress!.publicText).toEqual({
    title: ready.progress!.publicText!.title,
    text: expect.stringContaining('Kundenchat') as string,
  });
  const lines = drill.progress!.incidents[0]!.timeline.map(({ text }) => text);
  expect(lines).toContainEqual(
    expect.stringMatching(/^Published in the drill, where no customer reads it \(/),
  );
  expect(lines.join()).not.toContain('Told customers');
  const { detection, acknowledgement, publicText, fallback, recovery } = durationsOf(drill);
  // The next check is a whole interval away, the second one confirms: 30 s and 15 s by the drill's clock.
  expect(detection).toBeGreaterThanOrEqual(45_000);
  expect([detection, acknowledgement, publicText, fallback, recovery]).toEqual(
    [detection!, acknowledgement!, publicText!, fallback!, recovery!].sort((a, b) => a - b),
  );
  expect(drill.progress!.incidents).toMatchObject([
    { id: id * 1_000_000 + 1, severity: 'P0', status: 'acknowledged', acknowledgedBy: 'Mara' },
  ]);
  expect(drill.progress!.incidents[0]!.notifications.map(({ state }) => state)).not.toContain('accepted');

  const { prisma } = services.db;
  expect(await prisma.incident.count()).toBe(0);
  expect(await prisma.notification.count()).toBe(0);
  expect(await prisma.fallbackRun.count()).toBe(0);
  expect(await prisma.statusNotice.count()).toBe(0);
  expect(await prisma.webhookEvent.count()).toBe(0);
  expect(told()).toEqual([]);
  await until('its database is gone', async () => (await databases()).length === 0);
  const audit = await prisma.auditEntry.findMany({ orderBy: { id: 'asc' } });
  expect(audit.map(({ action, actorName, target }) => [action, actorName, target])).toEqual(
    [
      'start',
      'acknowledge',
      'publish',
      'publish',
      'fallback_on',
      'fallback_on',
      'repair',
      'fallback_off',
    ].map((act) => [`drill.${act}`, 'Mara', `drill ${id}`]),
  );
}, 90_000);

test('a real outage meanwhile is none of the drill, and nobody begins another drill', async () => {
  const { services } = stage;
  const id = await stage.ask({ notify: 'marked' });
  await stage.see(id, 'it is noticed', noticed);
  await stage.act(id, 'acknowledge');
  await stage.act(id, 'fallback_on');
  await until(
    'every channel was told, and of more than the beginning',
    () =>
      [stubs.slack, stubs.pagerduty, stubs.email, stubs.webhook].every(
        ({ received }) => received.length > 0,
      ) && told().length > 4,
  );

  const opened = await openIncident(services, {
    title: 'Chat window stays empty',
    severity: 'P1',
    reason: 'Customers call',
    cause: 'chatwoot',
    actor: mara,
    now: new Date(),
  });
  if (opened.outcome !== 'opened') throw new Error(opened.outcome);
  expect(await services.db.prisma.incident.findFirst()).toMatchObject({ drillId: null });
  expect(await services.db.prisma.notification.findMany({ distinct: ['drill'] })).toMatchObject([
    { drill: null },
  ]);

  const again = {
    wishes: { scenario: 'slow', speed: 1, notify: 'simulated', repairAfter: null } as const,
    actor: mara,
  };
  expect(await requestDrill(services, { ...again, now: new Date() })).toEqual({
    outcome: 'real_incident',
    incidentId: opened.incidentId,
  });
  expect(await stage.act(id, 'end')).toBe('Ended.');
  expect(await stage.see(id, 'it is over', isOver)).toMatchObject({ state: 'aborted', endedBy: 'Mara' });
  expect(await stage.act(id, 'repair')).toBe('not_running');
  await services.db.pool.query("UPDATE incidents SET status = 'resolved', resolved_at = now()");

  // Whatever went out has the mark, and belongs to no thread and no incident of the app's own.
  for (const { text } of stubs.slack.received) expect(text).toMatch(/^DRILL: /);
  for (const { body } of stubs.email.received) expect(body.headers.subject).toMatch(/^(Re: )?DRILL: /);
  for (const { body } of stubs.pagerduty.received) {
    if (body.event_action === 'trigger') expect(JSON.stringify(body)).toContain('DRILL: ');
    expect(body.dedup_key).toContain(String(id * 1_000_000 + 1));
  }
  await until(
    'PagerDuty knows that it is over',
    () => stubs.pagerduty.received.at(-1)!.body.event_action === 'resolve',
  );
  const sent = JSON.stringify(told());
  expect(sent).toContain(`https://outage.example.com/drill/${id}/incidents/${id * 1_000_000 + 1}`);
  expect(sent).not.toContain('https://outage.example.com/incidents');
}, 90_000);

test.each<[Scenario, string, string]>([
  ['agent_failing', 'P1', 'gent service'],
  ['slow', 'P1', 'gent service'],
  ['intake_unreachable', 'P1', 'ebhook'],
])(
  '%s is noticed, and over after the repair without anybody else',
  async (scenario, severity, words) => {
    const id = await stage.ask({ scenario });
    await stage.see(id, 'it is noticed', noticed);
    await stage.act(id, 'repair');
    const drill = await stage.see(id, 'it is over', isOver);
    expect(drill).toMatchObject({
      state: 'done',
      repairedBy: 'Mara',
      acknowledgedAt: null,
      fallbackAt: null,
    });
    expect(drill.progress!.incidents[0]).toMatchObject({ severity, status: 'open' });
    expect(drill.progress!.incidents[0]!.title).toContain(words);
    expect(durationsOf(drill)).toMatchObject({ acknowledgement: null, fallback: null });
  },
  90_000,
);

test('what comes and goes stays one incident, opened once; it repairs itself', async () => {
  const id = await stage.ask({ scenario: 'flapping', repairAfter: 20 });
  const drill = await stage.see(id, 'it is over', isOver);
  expect(drill).toMatchObject({ state: 'done', repairedBy: 'the scenario' });
  expect(Date.parse(drill.repairedAt!) - Date.parse(drill.brokenAt!)).toBeGreaterThanOrEqual(20_000);
  expect(drill.progress!.incidents).toHaveLength(1);
  const opened = drill.progress!.incidents[0]!.notifications.filter(({ kind }) => kind === 'opened');
  expect(opened).toHaveLength(4);
}, 120_000);

test('repaired before it was noticed: over, and nothing was detected', async () => {
  const id = await stage.ask({ speed: 1 });
  await stage.see(id, 'the outage has begun', isRunning);
  // At this speed nothing is noticed for a while.
  expect(await stage.act(id, 'acknowledge')).toMatch(/^Nothing to acknowledge/);
  expect(await stage.act(id, 'publish')).toMatch(/^Nothing to tell of/);
  await stage.act(id, 'repair');
  expect(await stage.see(id, 'it is over', isOver)).toMatchObject({
    state: 'done',
    detectedAt: null,
    endReason: 'It was repaired before this app had noticed it.',
  });
}, 90_000);

test('one at a time, and one that nobody has begun is ended at once', async () => {
  const { services } = stage;
  const idle = await services.db.prisma.drillRun.create({
    data: {
      scenario: 'slow',
      speed: 1,
      notify: 'simulated',
      state: 'starting',
      requestedAt: new Date(),
      requestedBy: 'Tom',
      owner: services.processId,
    },
  });
  const wishes = { scenario: 'slow', speed: 1, notify: 'simulated', repairAfter: null } as const;
  const ask = () => requestDrill(services, { wishes, actor: person('Tom'), now: new Date() });
  expect(await ask()).toEqual({ outcome: 'already_running', drillId: Number(idle.id) });
  await services.db.prisma.drillRun.update({
    where: { id: idle.id },
    data: { state: 'aborted', endedAt: new Date() },
  });
  const both = await Promise.all([ask(), ask()]);
  expect(both.map(({ outcome }) => outcome).sort()).toEqual(['already_running', 'requested']);
  const [open] = await services.db.prisma.drillRun.findMany({ where: { endedAt: null } });
  await stage.act(Number(open!.id), 'end');
  expect(await stage.see(Number(open!.id), 'it is over', isOver)).toMatchObject({ state: 'aborted' });
}, 60_000);

test('a database user who may not create databases is told so', async () => {
  const { services } = stage;
  await asSuperuser("CREATE ROLE drill_poor LOGIN PASSWORD 'poor'");
  const url = new URL(services.databaseUrl);
  [url.username, url.password] = ['drill_poor', 'poor'];
  const poor = createPool(url.href, 1);
  try {
    await expect(createDrillDatabase(poor, 'x_drill_1')).rejects.toThrow(
      /may not create one: ALTER ROLE … CREATEDB/,
    );
  } finally {
    await poor.end();
    await asSuperuser('DROP ROLE drill_poor');
  }
});
