import { afterAll, beforeAll, expect, test } from 'vitest';
import { tickAlerts } from '../../app/features/alerts/evaluate-alerts.server.ts';
import { runHealthTick } from '../../app/features/health/run-health-tick.server.ts';
import { buildDocument } from '../../app/features/status/build-document.server.ts';
import {
  announceWindow,
  endSeries,
  endWindow,
} from '../../app/features/status/maintenance/change-windows.server.ts';
import { tickSeries } from '../../app/features/status/maintenance/series.server.ts';
import { renderAtom } from '../../app/features/status/status-files.ts';
import { stateNow } from '../../app/features/status/status-document.ts';
import { renderJson } from '../../app/features/status/statuspage-json.ts';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { person } from '../support/person.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

const START = Date.parse('2026-10-20T05:00:00Z');
/** A moment of the story, minutes after its start. */
const at = (minutes: number) => new Date(START + minutes * 60_000);

let chatwoot: Chatwoot;
let agent: AgentService;
let services: TestServices;
beforeAll(async () => {
  [chatwoot, agent] = await Promise.all([startChatwoot(), startAgent()]);
  services = await createTestServices({
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    AGENT_SDK_URL: agent.url,
    STATUS_PAGE: 'on',
    SLACK_WEBHOOK_URL: 'http://127.0.0.1:9/slack',
  });
});
afterAll(async () => {
  await services?.close();
  await Promise.all([chatwoot?.stop(), agent?.stop()]);
});

const rows = async <T extends object>(sql: string) => (await services.db.pool.query<T>(sql)).rows;
const check = async (minute: number) => {
  await services.db.pool.query("UPDATE health_clock SET due_at = 'epoch'");
  expect((await runHealthTick(services, { now: at(minute) })).outcome).toBe('done');
  await tickAlerts(services, at(minute));
};
const announce = (fields: Record<string, string>, now = at(0)) =>
  announceWindow(services, {
    fields: new URLSearchParams({ title: 'New servers', text: 'Chat is away.', affects: '1', ...fields }),
    actor: person('Ada'),
    now,
  });
const incidents = () =>
  rows<{ startedAt: Date }>(
    `SELECT started_at AS "startedAt" FROM incidents WHERE cause = 'chatwoot' ORDER BY id`,
  );
const day = async () =>
  (
    await rows<{ ok: number; failed: number }>(
      "SELECT ok, failed FROM component_days WHERE component = 'chatwoot'",
    )
  )[0];
const told = () => rows("SELECT 1 FROM notifications WHERE kind <> 'warning'");

test('what fails in a window is measured, shown as maintenance, told to nobody and counted neither way', async () => {
  await check(1);
  expect(await day()).toMatchObject({ ok: 1, failed: 0 });
  expect(await announce({ from: '2026-10-20T05:10', to: '2026-10-20T06:00' })).toEqual({ outcome: 'saved' });
  await chatwoot.setMode('down');
  for (const minute of [20, 21, 40, 59]) await check(minute);
  expect(await incidents()).toEqual([]);
  expect(await told()).toEqual([]);
  expect(await day()).toMatchObject({ ok: 1, failed: 0 });
  expect(
    await rows("SELECT 1 FROM probe_results WHERE component = 'chatwoot' AND outcome = 'failed'"),
  ).not.toEqual([]);
  const [alert] = await rows<{ state: string; words: string }>(
    "SELECT state, words FROM alerts WHERE rule = 'chatwoot_down'",
  );
  expect(alert).toMatchObject({ state: 'unknown' });
  expect(alert!.words).toMatch(/^Planned maintenance until .*06:00.*, so nobody is called\. \d checks/);
  const document = (await buildDocument(services, at(40)))!;
  expect(document.components.map((one) => [one.name, stateNow(document, one, at(40))])).toContainEqual([
    'Chat',
    'under_maintenance',
  ]);
  const summary = JSON.parse(renderJson('summary', document, at(40))) as Record<string, unknown>;
  expect(summary).toMatchObject({
    status: { indicator: 'maintenance' },
    scheduled_maintenances: [{ status: 'in_progress', scheduled_until: '2026-10-20T06:00:00.000Z' }],
  });

  // It works again before the end: nothing was.
  await chatwoot.setMode('ok');
  for (const minute of [59.5, 61, 62]) await check(minute);
  expect(await incidents()).toEqual([]);
  expect(await day()).toMatchObject({ ok: 3, failed: 0 });
}, 60_000);

test('an outage that outlasts its window by the confirm time is an incident that began at its end', async () => {
  expect((await announce({ from: '2026-10-20T07:00', to: '2026-10-20T07:30' }, at(63))).outcome).toBe(
    'saved',
  );
  await chatwoot.setMode('down');
  for (const minute of [125, 126, 149]) await check(minute);
  // Nothing has been measured after the end yet, and then not for long enough.
  await tickAlerts(services, at(151));
  await check(150.2);
  expect(await incidents()).toEqual([]);
  await check(150.6);
  expect(await incidents()).toEqual([{ startedAt: at(150) }]);
  expect(await told()).not.toEqual([]);
  await chatwoot.setMode('ok');
}, 60_000);

/** Holds the series until all that want to plan it wait for it, or have found nothing to do. */
async function allAtOnce(start: () => Promise<void>[]) {
  const holder = await services.db.pool.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM status_series FOR UPDATE');
  let done = 0;
  const started = start();
  for (const one of started) void one.finally(() => (done += 1)).catch(() => undefined);
  await until('each waits or is done', async () => {
    const [row] = await rows<{ waiting: number }>(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return row!.waiting + done === started.length;
  });
  await holder.query('COMMIT');
  holder.release();
  await Promise.all(started);
}

test('what comes again keeps its hour in both nights, and is on page, feeds and JSON', async () => {
  await services.db.pool.query("DELETE FROM status_notices WHERE kind = 'maintenance'");
  const weekly = {
    from: '2026-10-18T01:00',
    to: '2026-10-18T04:00',
    zone: 'Europe/Berlin',
    rule: 'FREQ=WEEKLY;BYDAY=SU',
  };
  expect((await announce({ ...weekly, zone: 'Nowhere/Land' })).outcome).toBe('zone');
  expect((await announce({ ...weekly, rule: 'FREQ=SECONDLY' })).outcome).toBe('rule');
  const longAgo = { ...weekly, from: '0001-01-01T01:00', to: '0001-01-01T02:00' };
  expect((await announce(longAgo)).outcome).toBe('window');
  expect((await announce({ ...weekly, to: '2026-10-26T01:00' })).outcome).toBe('together');
  expect((await announce(weekly)).outcome).toBe('saved');
  const planned = async () =>
    (
      await rows<{ from: Date; hours: number }>(
        `SELECT began_at AS "from", (extract(epoch FROM ends_at - began_at) / 3600)::int AS hours FROM status_notices
         WHERE kind = 'maintenance' ORDER BY began_at`,
      )
    ).map(({ from, hours }) => [from.toISOString().slice(0, 16), hours]);
  expect(await planned()).toEqual([['2026-10-24T23:00', 4]]);
  // Several processes look at once, again and again, and both have found it due before the first one plans.
  const looks = async (...days: number[]) => {
    for (const day of days) await allAtOnce(() => [1, 2].map(() => tickSeries(services, at(day * 1440))));
  };
  await looks(0, 0, 6);
  const near = [
    ['2026-10-24T23:00', 4],
    ['2026-11-01T00:00', 3],
  ];
  expect(await planned()).toEqual(near);
  await looks(13, 13);
  expect(await planned()).toEqual([...near, ['2026-11-08T00:00', 3]]);
  const march = new Date('2027-03-22T12:00:00Z');
  await tickSeries(services, march);
  expect((await planned()).at(-1)).toEqual(['2027-03-28T00:00', 2]);
  const document = (await buildDocument(services, march))!;
  const { scheduled_maintenances: windows } = JSON.parse(
    renderJson('scheduled-maintenances', document, march),
  ) as {
    scheduled_maintenances: { status: string; scheduled_for: string }[];
  };
  expect(windows[0]).toMatchObject({ status: 'scheduled', scheduled_for: '2027-03-28T00:00:00.000Z' });
  expect(renderAtom(document)).toContain('New servers');
  const [series] = await rows<{ id: number }>('SELECT id FROM status_series');
  const end = {
    fields: new URLSearchParams({ series: String(series!.id) }),
    actor: person('Ada'),
    now: march,
  };
  expect((await endSeries(services, end)).outcome).toBe('saved');
  expect(await rows("SELECT 1 FROM status_updates WHERE state = 'cancelled'")).toHaveLength(1);
  await tickSeries(services, new Date('2027-06-01T12:00:00Z'));
  expect((await planned()).at(-1)).toEqual(['2027-03-28T00:00', 2]);
  expect((await endSeries(services, end)).outcome).toBe('changed_meanwhile');
  expect((await endWindow(services, { ...end, fields: new URLSearchParams({ notice: '1' }) })).outcome).toBe(
    'changed_meanwhile',
  );
});

test('one that cannot be planned keeps no other from it, and one far away is not over', async () => {
  await services.db.pool.query("DELETE FROM status_notices WHERE kind = 'maintenance'");
  await services.db.pool.query(
    `INSERT INTO status_series (title, text, components, starts, zone, rule, minutes, author, created_at, planned_to)
     SELECT title, title, '{}', '2026-10-21T01:00', 'UTC', rule, 60, 'Ada', $1, $1
     FROM (VALUES ('Bad', 'FREQ=WEEKLY;BYDAY=XX'), ('Far', 'FREQ=YEARLY;INTERVAL=4')) rules (title, rule)`,
    [at(0)],
  );
  const now = new Date('2027-01-10T12:00:00Z');
  await expect(tickSeries(services, now)).rejects.toThrow(/^Planned maintenance \d+: .*BYDAY/);
  expect(await rows("SELECT title, began_at FROM status_notices WHERE kind = 'maintenance'")).toEqual([
    { title: 'Far', began_at: new Date('2030-10-21T01:00:00Z') },
  ]);
  await services.db.pool.query('UPDATE status_series SET ended_at = now()');
});
