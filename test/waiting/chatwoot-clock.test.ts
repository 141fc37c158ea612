import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readMachines } from '../../app/features/waiting/read-waiting.server.ts';
import { sampleWaiting } from '../../app/features/waiting/waiting-samples.server.ts';
import { slaAdherence } from '../../app/features/waiting/sla-policies.server.ts';
import { spanOfImpact } from '../../app/features/recovery/impact.ts';
import { readImpact } from '../../app/features/recovery/read-impact.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

/** Chatwoot dates waits and messages; its clock may be minutes away from ours. The same truth must come out. */
let services: TestServices;
beforeAll(async () => {
  services = await createTestServices({ SLA_FIRST_RESPONSE: '30m' });
});
afterAll(() => services.close());
beforeEach(async () => {
  for (const table of ['chatwoot_clock', 'waits', 'conversations', 'waiting_samples'])
    await services.db.pool.query(`DELETE FROM ${table}`);
});

const NOW = new Date('2026-11-29T12:00:00Z');
const MINUTE = 60_000;
const ours = (minutes: number) => new Date(NOW.getTime() + minutes * MINUTE);

/** @param minutes by how much Chatwoot's clock is ahead of ours */
async function clock(minutes: number) {
  await services.db.pool.query(
    'INSERT INTO chatwoot_clock (ahead_ms, low_ms, high_ms, measured_at) VALUES ($1, $1, $1, now())',
    [minutes * MINUTE],
  );
  return (at: number) => ours(at + minutes);
}

/** One who waits since 20 minutes, one who waited from -100 to -60 (late), one from -50 to -45 (in time). */
async function story(there: (at: number) => Date) {
  await services.db.pool.query(
    `INSERT INTO conversations (key, account, conversation_id, status, waiting_since, due_at, machine_since, created_at, chatwoot_updated_at, seen_at)
     VALUES ('2:1', '2', 1, 'open', $1, $2, NULL, $1, 1, $1), ('2:4', '2', 4, 'open', NULL, NULL, $1, $1, 1, $1)`,
    [there(-20), there(10)],
  );
  await services.db.pool.query(
    `INSERT INTO waits (key, snapshot_since, since, due_at, answered_at, ended_at) VALUES
       ('2:1', $1, $1, $2, NULL, NULL), ('2:2', $3, $3, $4, $5, $5), ('2:3', $6, $6, $7, $8, $8)`,
    [there(-20), there(10), there(-100), there(-70), there(-60), there(-50), there(-20), there(-45)],
  );
}

test.each([0, -10, 10, -45, 45])(
  'with its clock %i min ahead: adherence, the chart’s sample, impact and the machines are the same',
  async (ahead) => {
    const there = await clock(ahead);
    await story(there);
    const span = (from: number, to: number) =>
      spanOfImpact({ startedAt: ours(from), recoveredAt: ours(to), resolvedAt: null, lulls: [] }, NOW);
    expect(await slaAdherence(services, span(-110, 0))).toEqual({
      waits: 3,
      inTime: 1,
      breached: 1,
      open: 1,
      ratio: 0.5,
    });
    // Who began to wait before the time is not part of it, by whoever's clock.
    expect(await slaAdherence(services, span(-55, 0))).toMatchObject({
      waits: 2,
      breached: 0,
    });
    // Due in ten minutes; a quarter of an hour later it is late.
    await services.db.pool.query('UPDATE backlog_projection SET caught_up_at = $1', [ours(20)]);
    for (const [at, breached, oldest] of [
      [0, 0, 1200],
      [15, 1, 2100],
    ] as const) {
      expect(await sampleWaiting(services.db.pool, ours(at))).toBe(true);
      const { rows } = await services.db.pool.query(
        'SELECT waiting::int, breached::int, oldest_seconds::int AS oldest FROM waiting_samples ORDER BY minute DESC LIMIT 1',
      );
      expect(rows[0]).toEqual({ waiting: 1, breached, oldest });
    }
    const impact = await readImpact(services, span(-110, -55));
    expect(impact).toMatchObject({ conversations: 1, breaches: 1 });
    expect((await readMachines(services)).map(({ since }) => since)).toEqual([ours(-20).toISOString()]);
  },
);

test('nobody waits: the sample is zero, not missing', async () => {
  await services.db.pool.query('UPDATE backlog_projection SET caught_up_at = $1', [NOW]);
  expect(await sampleWaiting(services.db.pool, NOW)).toBe(true);
  const { rows } = await services.db.pool.query('SELECT waiting::int, breached::int FROM waiting_samples');
  expect(rows).toEqual([{ waiting: 0, breached: 0 }]);
});
