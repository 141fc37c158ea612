import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { createStory, settingsOf, type Story } from './story-world.ts';

let story: Story;
let child: ChildProcess | undefined;

beforeEach(async () => {
  story = await createStory();
  // The story's own process does nothing here.
  await story.query('DELETE FROM processes');
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await story.close();
});

async function start(): Promise<void> {
  child = fork(path.join(import.meta.dirname, 'outage-process.ts'), {
    env: {
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      DATABASE_URL: story.services.databaseUrl,
      DATA_DIR: story.services.dataDir,
      ...settingsOf(story.chatwoot, story.agent, story.stubs),
      HEALTH_CHECK_INTERVAL: '500ms',
      HEALTH_CONFIRM_INTERVAL: '200ms',
    },
  });
  await once(child, 'message');
}

/** Kill -9, and another process afterwards. */
async function killAndStart(between?: () => Promise<unknown>): Promise<void> {
  const last = child!;
  last.kill('SIGKILL');
  await once(last, 'exit');
  await between?.();
  await start();
}

const someTime = () => delay(Math.random() * 700);
/** The outage began so long ago: the ladder's clock goes on while nothing runs. */
const begunBefore = (minutes: number) =>
  story.query('UPDATE incidents SET started_at = now() - make_interval(mins => $1)', [minutes]);
const outbox = () =>
  story.query<{ kind: string; state: string; n: number }>(
    'SELECT kind, state, count(*)::int AS n FROM notifications GROUP BY kind, state ORDER BY kind, state',
  );
const steps = () => story.query("SELECT 1 FROM escalations WHERE outcome = 'told'");

test('killed at any moment of an outage: one incident, each step once, each message told, the recovery too', async () => {
  await story.chatwoot.setMode('status', { status: 503 });
  await start();
  for (let n = 0; n < 3; n += 1) {
    await someTime();
    await killAndStart();
  }
  await until(
    'the incident is open',
    async () => (await story.query('SELECT 1 FROM incidents')).length > 0,
    40_000,
  );
  for (const minutes of [11, 16, 31]) {
    await killAndStart(() => begunBefore(minutes));
    await someTime();
  }
  await until('every step is taken', async () => (await steps()).length === 6, 40_000);
  await story.chatwoot.setMode('ok');
  for (let n = 0; n < 2; n += 1) {
    await someTime();
    await killAndStart();
  }
  await until(
    'the recovery is told',
    async () => {
      const rows = await outbox();
      return rows.some(({ kind }) => kind === 'recovered') && rows.every(({ state }) => state !== 'queued');
    },
    60_000,
  );
  expect(await story.query('SELECT id, severity FROM incidents')).toEqual([{ id: 1, severity: 'P0' }]);
  expect(await outbox()).toEqual([
    { kind: 'escalated', state: 'accepted', n: 6 },
    { kind: 'opened', state: 'accepted', n: 4 },
    // Manager, lead, CEO, infrastructure, the team, Slack and the webhook; PagerDuty has no form for it.
    { kind: 'recovered', state: 'accepted', n: 7 },
    { kind: 'recovered', state: 'folded', n: 1 },
  ]);
  // At least once: what a killed process had sent and not recorded is sent again, and nothing else is.
  const kills = 8;
  for (const [received, least] of [
    [story.stubs.slack.received, 2],
    [story.stubs.pagerduty.received, 1],
    [story.stubs.webhook.received, 2],
    [story.stubs.email.received, 1 + 6 + 5],
  ] as const) {
    expect(received.length).toBeGreaterThanOrEqual(least);
    expect(received.length).toBeLessThanOrEqual(least + kills * 5);
  }
  for (const type of ['opened', 'recovered'])
    expect(
      await story.query('SELECT 1 FROM dashboard_facts WHERE fact_type = $1', [`support.incident.${type}`]),
    ).toHaveLength(1);
}, 180_000);
