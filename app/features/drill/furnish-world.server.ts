import type pg from 'pg';
import type { WorldOrder } from './world.server.ts';
import { storableJson } from '../../lib/storable.ts';

/** While the sandbox proves that it works, its clock runs as fast as a drill's may. */
const WARM_UP_SPEED = 60;

/** Numbers of a drill begin so far from the real ones that no thread of messages is ever continued by the other. */
const NUMBERS_APART = 1_000_000;

/**
 * Makes a new database the world of a drill: everything that begins in it belongs to the drill, it has the real contacts
 * and policy, and it cannot hold a message that is not marked as a drill's.
 * @param real the app's own database
 */
export async function furnishWorld(
  world: pg.Pool,
  real: pg.Pool,
  { drillId, notify }: WorldOrder,
  now: Date,
): Promise<void> {
  await world.query(
    `INSERT INTO drills (id, scenario, speed, notify, started_at, started_by) VALUES ($1, 'drill', $2, $3, $4, 'drill')`,
    [drillId, WARM_UP_SPEED, notify, now],
  );
  await world.query('ALTER TABLE notifications ADD CONSTRAINT notifications_drill CHECK (drill IS NOT NULL)');
  for (const table of ['incidents', 'fallback_runs', 'notifications'])
    await world.query(`ALTER TABLE ${table} ALTER COLUMN id RESTART WITH ${drillId * NUMBERS_APART + 1}`);
  await world.query('DELETE FROM escalation_steps');
  await world.query('DELETE FROM contacts');
  await copyTable(real, world, 'contacts');
  await copyTable(real, world, 'escalation_steps');
}

/** From now on the drill's minutes pass at its own speed, and the next check is as far away as after a good one. */
export async function startDrillClock(
  world: pg.Pool,
  { speed, intervalMs, now }: { speed: number; intervalMs: number; now: Date },
): Promise<void> {
  await world.query('UPDATE drills SET speed = $1', [speed]);
  await world.query('UPDATE health_clock SET due_at = $1', [new Date(now.getTime() + intervalMs / speed)]);
}

async function copyTable(from: pg.Pool, to: pg.Pool, table: 'contacts' | 'escalation_steps'): Promise<void> {
  const { rows } = await from.query<{ row: unknown }>(`SELECT to_jsonb(t) AS row FROM ${table} t`);
  await to.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`, [
    storableJson(rows.map(({ row }) => row)),
  ]);
}
