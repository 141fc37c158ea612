import { afterEach, expect, test } from 'vitest';
import { CHANNELS, createAlertWorld, type AlertWorld } from './alert-world.ts';

let world: AlertWorld;
afterEach(() => world.close());

const MINUTE = 60_000;
const incidents = () =>
  world.query<{ id: number; severity: string; status: string; cause: string; recovered: boolean }>(
    'SELECT id, severity, status, cause, recovered_at IS NOT NULL AS recovered FROM incidents ORDER BY id',
  );
const told = () =>
  world.query<{ kind: string; channel: string }>(
    "SELECT kind, channel->>'kind' AS channel FROM notifications ORDER BY id",
  );

test('Chatwoot fails twice: one P0 from the first failed check on, told once over every channel, and over after three good checks', async () => {
  world = await createAlertWorld(CHANNELS);
  await world.check({ outcome: 'ok' });
  world.advance(5 * MINUTE);
  await world.check({ outcome: 'failed' });
  expect(await incidents()).toEqual([]);
  const firstFailed = world.now();
  world.advance(30_000);
  await world.check({ outcome: 'failed' });
  expect(await incidents()).toMatchObject([
    { severity: 'P0', status: 'open', cause: 'chatwoot', recovered: false },
  ]);
  const [row] = await world.query<{ startedAt: Date; openedAt: Date }>(
    'SELECT started_at AS "startedAt", opened_at AS "openedAt" FROM incidents',
  );
  expect(row).toEqual({ startedAt: firstFailed, openedAt: world.now() });
  expect(await told()).toEqual([
    { kind: 'opened', channel: 'slack' },
    { kind: 'opened', channel: 'pagerduty' },
    { kind: 'opened', channel: 'email' },
  ]);
  for (let n = 0; n < 5; n += 1) {
    world.advance(1000);
    await world.tick();
  }
  world.advance(5 * MINUTE);
  await world.check({ outcome: 'failed' });
  expect(await told()).toHaveLength(3);
  expect(await incidents()).toHaveLength(1);
  for (const streak of [1, 2]) {
    world.advance(30_000);
    await world.check({ outcome: 'ok' });
    for (let n = 0; n < 5; n += 1) {
      world.advance(1000);
      await world.tick();
    }
    expect(await world.alert('chatwoot_down')).toMatchObject({ state: 'firing', okStreak: streak });
  }
  world.advance(30_000);
  await world.check({ outcome: 'ok' });
  expect(await world.alert('chatwoot_down')).toMatchObject({ state: 'ok' });
  expect(await incidents()).toMatchObject([{ status: 'open', recovered: true }]);
  expect((await told()).slice(3).map(({ kind }) => kind)).toEqual(['recovered', 'recovered', 'recovered']);
  const probes = await world.query<{ text: string; count: number }>(
    "SELECT text, count FROM incident_timeline WHERE source = 'probe' ORDER BY id",
  );
  expect(probes).toEqual([
    { text: 'Check of Chatwoot failed: 503 at /health', count: 3 },
    { text: 'Check of Chatwoot passed', count: 3 },
  ]);
});

test.each([
  ['are tried again', 'failed'],
  ['become dead letters', 'permanent'],
])(
  'messages that fail and %s: the incident begins with the first of them, not with its minute',
  async (_name, label) => {
    world = await createAlertWorld();
    world.advance(38_000);
    const firstFailed = world.now();
    for (let n = 0; n < 6; n += 1) {
      await world.query(
        `INSERT INTO fact_rollups (resolution, bucket, metric, label, n)
       VALUES ('minute', date_bin('1 minute', $1::timestamptz, 'epoch'), 'attempt', 'http_4xx', 1), ('second', $1, 'breaker', $2, 1)
       ON CONFLICT (resolution, metric, bucket, label) DO UPDATE SET n = fact_rollups.n + excluded.n`,
        [world.now(), label],
      );
      world.advance(1000);
    }
    await world.check({ outcome: 'ok' });
    const rows = await world.query<{ cause: string; startedAt: Date }>(
      'SELECT cause, started_at AS "startedAt" FROM incidents',
    );
    expect(rows).toEqual([{ cause: 'delivery', startedAt: firstFailed }]);
  },
);
