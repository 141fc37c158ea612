import type { Queryable } from '../../lib/database/queryable.server.ts';
import { ALIVE_FOR, IS_ALIVE } from './liveness.ts';

/** What a process says of itself with each beat, in the order of `COLUMNS`. */
export type Beat = readonly [
  id: string,
  spooled: number,
  spooledSince: Date | null,
  quarantined: number,
  /** JSON. */
  troubles: string,
  clockAheadMs: number | null,
];

const COLUMNS = 'spooled, spooled_since, quarantined, troubles, clock_ahead_ms';

/** Of a process that has been heard of without a break. */
const BEAT = `
UPDATE processes SET last_seen = clock_timestamp(), (${COLUMNS}) = ROW ($2::int, $3::timestamptz, $4::int, $5::jsonb, $6::bigint)
WHERE id = $1 AND ${IS_ALIVE}`;

/** Of one that was not heard of for a while, or never. */
const COME_BACK = `
INSERT INTO processes (id, ${COLUMNS}, role, host, pid, started_at, data_dir, last_seen)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET last_seen = clock_timestamp(), spooled = excluded.spooled, spooled_since = excluded.spooled_since,
  quarantined = excluded.quarantined, troubles = excluded.troubles, clock_ahead_ms = excluded.clock_ahead_ms`;

/** A process is there still. @returns false when it was taken for dead meanwhile, or has no row yet */
export async function beat(db: Queryable, values: Beat): Promise<boolean> {
  return (await db.query({ name: 'heartbeat', text: BEAT, values: [...values] })).rowCount === 1;
}

/** A process is there again, or for the first time. */
export async function comeBack(
  db: Queryable,
  values: Beat,
  process: { role: string; host: string; pid: number; startedAt: Date; dataDir: string },
): Promise<void> {
  const { role, host, pid, startedAt, dataDir } = process;
  await db.query(COME_BACK, [...values, role, host, pid, startedAt, dataDir]);
}

/** Clears away rows of processes gone for a day: after an outage whoever is back first must know who else is to come. */
export async function forgetDead(db: Queryable): Promise<void> {
  await db.query("DELETE FROM processes WHERE last_seen < now() - interval '1 day'");
}

/** A process stops in good order. */
export async function forgetProcess(db: Queryable, id: string): Promise<void> {
  await db.query('DELETE FROM processes WHERE id = $1', [id]);
}

/** What a process holds in its spool and its quarantine, in the transaction that empties them. */
export async function noteSpool(
  db: Queryable,
  id: string,
  { spooled, since, quarantined }: { spooled: number; since: Date | null; quarantined: number },
): Promise<void> {
  await db.query('UPDATE processes SET spooled = $2, spooled_since = $3, quarantined = $4 WHERE id = $1', [
    id,
    spooled,
    since,
    quarantined,
  ]);
}

/** Processes that live, and what each holds in files of its machine. */
export async function readLiving(
  db: Queryable,
): Promise<
  { role: string; host: string; pid: number; dataDir: string; spooled: number; quarantined: number }[]
> {
  const { rows } = await db.query<{
    role: string;
    host: string;
    pid: number;
    dataDir: string;
    spooled: number;
    quarantined: number;
  }>(
    `SELECT role, host, pid, data_dir AS "dataDir", spooled, quarantined FROM processes WHERE ${IS_ALIVE} ORDER BY host, pid`,
  );
  return rows;
}

/** Processes that ended together are back within this time, also where many start on few cores. As SQL. */
const BACK_WITHIN = `interval '1 minute'`;

/**
 * SQL: who takes webhooks and was alive at $1, or, when that is not known, as late as anybody or within the last minute: others
 * may have been back for a while. Not if a successor has the same folder, and with it the spool.
 */
const TAKERS = `SELECT last_seen, spooled FROM processes p
  WHERE role <> 'worker'
  AND last_seen > COALESCE($1::timestamptz - ${ALIVE_FOR}, LEAST(
    (SELECT max(last_seen) FROM processes WHERE role <> 'worker') - ${ALIVE_FOR}, clock_timestamp() - ${BACK_WITHIN}))
  AND NOT EXISTS (
    SELECT FROM processes s WHERE s.host = p.host AND s.data_dir = p.data_dir AND s.role <> 'worker' AND s.started_at > p.started_at)`;

const SPOOLS_ARE_TOLD = `SELECT count(*) < 2 AS alone, COALESCE(bool_and(last_seen > $2), true) AS heard, COALESCE(sum(spooled) = 0, true) AS empty FROM (${TAKERS}) t`;

/**
 * Whether all processes that took webhooks when the database went away at `from` have said since it came back, at `until`, what
 * is in their spools, and whether these are empty. One alone brings in its own in order, and nobody has to wait for it.
 */
export async function readSpools(
  db: Queryable,
  { from, until }: { from: Date | null; until: Date },
): Promise<{ alone: boolean; heard: boolean; empty: boolean }> {
  const { rows } = await db.query<{ alone: boolean; heard: boolean; empty: boolean }>(SPOOLS_ARE_TOLD, [
    from,
    until,
  ]);
  return rows[0]!;
}
