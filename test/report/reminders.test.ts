import { afterEach, beforeEach, expect, test } from 'vitest';
import { EMPTY_CONTENT } from '../../app/features/report/report-content.ts';
import { saveDraft } from '../../app/features/report/save-draft.server.ts';
import { signReport } from '../../app/features/report/sign-report.server.ts';
import {
  readReportDue,
  tickReportReminders,
} from '../../app/features/report/tick-report-reminders.server.ts';
import { sendNotifications } from '../../app/features/notify/send-notifications.server.ts';
import {
  notificationSettings,
  startNotifications,
  type Notifications,
} from '../../app/sandbox/notifications/notifications.ts';
import { createTestServices } from '../support/services.ts';
import { ADA, at, createReportWorld } from './report-world.ts';

let stubs: Notifications;
let world: Awaited<ReturnType<typeof createReportWorld>>;
beforeEach(async () => {
  stubs = await startNotifications();
  world = await createReportWorld({ OUTBOUND_ALLOW_PRIVATE: 'true', ...notificationSettings(stubs) });
  for (const [role, address] of [
    ['Support Lead', 'lead@example.com'],
    ['Engineering Manager', 'manager@example.com'],
  ])
    await world.pool.query('UPDATE contacts SET channels = $2 WHERE role = $1', [
      role,
      JSON.stringify([{ id: 'mail', kind: 'email', address, secret: null }]),
    ]);
});
afterEach(async () => {
  await world.services.close();
  await stubs.stop();
});

/** Hours after the recovery. */
const hours = (n: number) => at(40 + n * 60);
const tick = (n: number, services = world.services) => tickReportReminders(services, hours(n));
async function mails(n: number): Promise<string[]> {
  while (await sendNotifications(world.services, hours(n)));
  return stubs.email.received
    .splice(0)
    .map(({ body }) => body.to.join())
    .sort();
}

test('nothing before 20 hours, one reminder then, one escalation at 24, each once', async () => {
  expect(await tick(19.99)).toBe(0);
  expect(await tick(20)).toBe(1);
  expect(await mails(20)).toEqual(['lead@example.com', 'support-team@example.com']);
  for (const n of [20.01, 21, 23.99]) expect(await tick(n)).toBe(0);
  expect(await tick(24)).toBe(1);
  expect(await mails(24)).toEqual(['lead@example.com', 'manager@example.com', 'support-team@example.com']);
  for (const n of [24.01, 25, 100]) expect(await tick(n)).toBe(0);
  expect(await mails(100)).toEqual([]);
  const { rows } = await world.pool.query<{ text: string }>(
    "SELECT text FROM incident_timeline WHERE kind LIKE 'report_%' ORDER BY id",
  );
  expect(rows.map(({ text }) => text)).toEqual([
    expect.stringContaining('is due at 2026-09-23 05:40:00 UTC'),
    expect.stringContaining('is late: it was due at 2026-09-23 05:40:00 UTC'),
  ]);
});

test('two processes and a restart tell once; what was missed is told late', async () => {
  const other = await createTestServices({
    ...notificationSettings(stubs),
    DATABASE_URL: world.services.databaseUrl,
  });
  const told = await Promise.all([tick(30), tick(30, other), tick(30), tick(30, other)]);
  expect(told.reduce((sum, n) => sum + n, 0)).toBe(1);
  expect(await tick(30.1, other)).toBe(0);
  await other.close();
  expect(await mails(30.1)).toEqual(['lead@example.com', 'manager@example.com', 'support-team@example.com']);
});

test('a signed report, a merged incident, a drill and one that fails again are due nothing', async () => {
  const request = { incidentId: world.incidentId, actor: ADA };
  await world.pool.query('UPDATE incidents SET recovered_at = NULL, resolved_at = NULL, status = $1', [
    'open',
  ]);
  expect(await tick(24)).toBe(0);
  await world.pool.query("UPDATE incidents SET recovered_at = $1, status = 'merged', merged_into = id", [
    at(40),
  ]);
  expect(await tick(24)).toBe(0);
  await world.pool.query(
    `WITH drill AS (INSERT INTO drills (scenario, speed, notify, started_at, started_by)
       VALUES ('chatwoot_down', 1, 'marked', now(), 'Ada') RETURNING id)
     UPDATE incidents SET status = 'open', merged_into = NULL, drill_id = (SELECT id FROM drill)`,
  );
  expect(await tick(24)).toBe(0);
  await world.pool.query(
    'UPDATE incidents SET drill_id = NULL, recovered_at = $1, resolved_at = $2, status = $3',
    [at(40), at(60), 'resolved'],
  );
  await saveDraft(world.services, {
    ...request,
    now: at(70),
    version: 0,
    content: { ...EMPTY_CONTENT, rootCause: 'x' },
  });
  await signReport(world.services, { ...request, now: at(71), version: 1 });
  expect(await tick(24)).toBe(0);
});

test('recovered anew, it is due anew', async () => {
  expect(await tick(24)).toBe(1);
  await world.pool.query('UPDATE incidents SET recovered_at = $1, resolved_at = $1', [hours(30)]);
  expect(await tick(45)).toBe(0);
  expect(await tick(50)).toBe(1);
  expect(await tick(54)).toBe(1);
  expect(await tick(55)).toBe(0);
});

test('of what is resolved the report is due until somebody signs it, and forgotten after a week', async () => {
  const due = (n: number) => readReportDue(world.pool, hours(n));
  expect(await due(1)).toEqual({ incidentId: world.incidentId, dueInMs: 23 * 3_600_000 });
  expect(await due(25)).toMatchObject({ dueInMs: -3_600_000 });
  expect(await due(24 * 7 + 1)).toBeNull();
  await world.pool.query("UPDATE incidents SET status = 'acknowledged', resolved_at = NULL");
  expect(await due(1)).toBeNull();
});
