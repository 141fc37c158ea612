import { afterEach, beforeEach, expect, test } from 'vitest';
import { merge } from '../../app/features/incidents/merge-incidents.server.ts';
import { openIncident } from '../../app/features/incidents/open-incident.server.ts';
import { readIncident } from '../../app/features/incidents/read-incident.server.ts';
import { resolve } from '../../app/features/incidents/resolve-incident.server.ts';
import { readReport } from '../../app/features/report/read-report.server.ts';
import { readRecoveryGate } from '../../app/features/recovery/read-recovery-gate.server.ts';
import { person } from '../support/person.ts';
import { createStory, type Story } from './story-world.ts';

let story: Story;
beforeEach(async () => {
  story = await createStory();
});
afterEach(() => story.close());

const down = () => story.chatwoot.setMode('status', { status: 503 });
const up = () => story.chatwoot.setMode('ok');
const incident = async () => (await readIncident(story.services, 1, story.now()))!;
/** A customer who waited from one minute of the story to another. */
const waited = (key: string, from: number, to: number) =>
  story.query(
    `INSERT INTO waits (key, snapshot_since, since, due_at, answered_at)
     VALUES ($1, $2, $2, $2::timestamptz + interval '1 minute', $3)`,
    [key, minute(from), minute(to)],
  );
const minute = (n: number) => new Date(story.now().getTime() + (n - story.minute()) * 60_000);
const slack = () => story.stubs.slack.received.map(({ text }) => text).join('\n');
const mail = () => story.stubs.email.received.map(({ body }) => body.raw.replaceAll(/=\r\n/g, '')).join('\n');

test('a relapse is a new clock: parts, ladder, impact, report and messages leave out when it worked', async () => {
  // Down from 0 to 5, working until 65, down again.
  await down();
  await story.runTo(5);
  await up();
  await story.runTo(8);
  const { recoveredAt } = await incident();
  expect(recoveredAt).not.toBeNull();
  story.sleepTo(65);
  await down();
  await story.runTo(66);
  const again = await incident();
  expect(again).toMatchObject({ recoveredAt: null, stillFiring: true, lulls: [{ from: recoveredAt }] });
  const [lull] = again.lulls;
  expect(Date.parse(lull!.to)).toBe(minute(65).getTime());
  expect(again.sentence).toMatch(
    /^Chatwoot does not answer, since 06:05:\d\d UTC\. This is the second part of incident 1: [67] min of outage in all since 05:00 UTC\./,
  );
  expect(slack()).toContain('It is failing again: the second part of incident 1.');
  expect(slack()).toContain('06:05');

  // Ten minutes of outage are five of the first part and the rest of the second: nobody is called at once.
  const beforeFirst = Date.parse(recoveredAt!) - Date.parse(again.startedAt);
  const ceo = again.ladder.find(({ role, afterMinutes }) => role === 'CEO' && afterMinutes === 10)!;
  expect(ceo.state).not.toBe('told');
  expect(Date.parse(ceo.dueAt)).toBe(Date.parse(lull!.to) + 10 * 60_000 - beforeFirst);
  expect(mail()).not.toContain('You are told as CEO');
  await story.runTo(70);
  expect(mail()).toMatch(
    /It has been down for \d min\. This is the second part of incident 1: 1\d min of outage in all since 05:00 UTC\. Nobody/,
  );

  // Who waited only while it worked was not harmed by it.
  await waited('1:1', 2, 6);
  await waited('1:2', 20, 40);
  await waited('1:3', 66, 69);
  await up();
  await story.runTo(74);
  const over = await incident();
  const lastedMs = beforeFirst + Date.parse(over.recoveredAt!) - Date.parse(lull!.to);
  const gate = (await readRecoveryGate(story.services, 1, story.now()))!;
  expect(gate.impact.conversations).toBe(2);
  const report = (await readReport(story.services, {
    incidentId: 1,
    withCustomers: false,
    now: story.now(),
  }))!;
  expect(report.impact.conversations).toBe(2);
  expect(report.times.impactMs).toBe(lastedMs);
  expect(over.timeline.map(({ text }) => text).join('\n')).toMatch(/Recovered after \d min: all its alerts/);
  const minutes = Math.floor(lastedMs / 60_000);
  await resolve(story.services, {
    incidentId: 1,
    actor: person('Ada'),
    now: story.now(),
    resolution: 'Its disk was full.',
  });
  expect((await incident()).sentence).toContain(`It lasted ${minutes} min in 2 parts.`);
}, 180_000);

test('merging into one that went on meanwhile leaves no lull', async () => {
  await down();
  await story.runTo(1);
  const opened = await openIncident(story.services, {
    title: 'Mails come back',
    severity: 'P2',
    reason: 'Seen by hand.',
    actor: person('Ada'),
    now: story.now(),
  });
  await up();
  await story.runTo(4);
  await down();
  await story.runTo(8);
  expect((await incident()).lulls).toHaveLength(1);
  await merge(story.services, {
    incidentId: (opened as { incidentId: number }).incidentId,
    into: 1,
    actor: person('Ada'),
    now: story.now(),
  });
  expect((await incident()).lulls).toEqual([]);
}, 180_000);

test('what comes and goes is told twice, then once, and again when it has been steady', async () => {
  await story.close();
  story = await createStory({ HEALTH_CHECK_INTERVAL: '30s' });
  const about = () =>
    story.stubs.slack.received
      .map(({ text }) => text)
      .filter((text) => /It is failing again|comes and goes|working again since|steadily since/.test(text))
      .length;
  const changes = async (to: 'failing' | 'working', within = 3) => {
    for (let left = 2 * within; left > 0; left--) {
      await story.runTo(story.minute() + 0.5);
      if (((await incident())?.recoveredAt === null) === (to === 'failing')) return;
    }
    throw new Error(
      `It is not ${to} after ${within} min, at ${story.minute()}: ${JSON.stringify((await incident())?.timeline.map(({ text }) => text))}`,
    );
  };
  const told: number[] = [];
  for (let time = 1; time <= 5; time++) {
    await down();
    await changes('failing');
    await up();
    await changes('working');
    told.push(about());
  }
  const lines = async (like: RegExp) =>
    (await incident()).timeline.filter(({ text }) => like.test(text)).length;
  // Each recovery and each new failure at first; with the third failure that it comes and goes; nothing more while it does.
  expect(told).toEqual([1, 3, 4, 4, 4]);
  expect(await lines(/^Recovered after/)).toBe(5);
  expect(await lines(/^It comes and goes/)).toBe(1);
  const quietSince = story.minute();
  await story.runTo(quietSince + 4);
  expect(about()).toBe(4);
  await story.runTo(quietSince + 7);
  expect(about()).toBe(5);
  expect(slack()).toMatch(
    /It has been working steadily since 05:\d\d:\d\d UTC, for 5 min\. It came and went: an outage of \d+ min in 5 parts/,
  );
  expect(await lines(/^Working steadily for 5 min/)).toBe(1);
  // It is steady: the next change is news again.
  story.sleepTo(quietSince + 30);
  await down();
  await changes('failing');
  await story.runTo(story.minute() + 1);
  expect(about()).toBe(6);
}, 180_000);

test('what comes and goes all night is told every half hour', async () => {
  await story.close();
  story = await createStory({
    HEALTH_CHECK_INTERVAL: '30s',
    ALERT_HEALTH_FAILURES: '1',
    ALERT_RECOVERY_CHECKS: '1',
  });
  const still = () =>
    story.stubs.slack.received.filter(({ text }) => text.includes('It still comes and goes')).length;
  const at = async (to: number, change: () => Promise<unknown>) => {
    await change();
    story.sleepTo(to);
    await story.runTo(to);
  };
  for (const start of [0, 2, 4]) {
    await at(start, down);
    await at(start + 1, up);
  }
  expect((await incident()).timeline.filter(({ text }) => /^It comes and goes/.test(text))).toHaveLength(1);
  // Four minutes down, one minute up: it is never steady for five minutes.
  for (let start = 6; start < 70; start += 5) {
    await at(start, down);
    await at(start + 4, up);
    if (start === 26) expect(still()).toBe(0);
    if (start === 36) expect(still()).toBe(1);
  }
  expect(still()).toBe(2);
  expect(slack()).toMatch(
    /It still comes and goes: an outage of \d+ min in \d+ parts since 05:00:\d\d UTC\. It has been (working|failing) since 05:\d\d:\d\d UTC, and may change again\./,
  );
  expect(slack()).not.toContain('steadily since');
}, 120_000);
