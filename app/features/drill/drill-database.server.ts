import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { withDatabase } from '../../lib/database/database-address.ts';
import { openDatabase } from '../../lib/database/database.server.ts';
import { LEAST } from '../../lib/database/limits.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { SYSTEM } from '../audit/actor.ts';
import { currentIncidents } from '../incidents/read-incidents.server.ts';
import { resolve } from '../incidents/resolve-incident.server.ts';
import { channelKey } from '../notify/channel.ts';
import type { QueuedMessage } from '../notify/message.ts';
import { queueNotifications } from '../notify/queue-notifications.server.ts';
import { sendNotifications } from '../notify/send-notifications.server.ts';
import { isAlive } from '../processes/liveness.ts';
import { drillAppUrl } from './world.server.ts';

/** What PostgreSQL says to a user who may not create databases. */
const INSUFFICIENT_PRIVILEGE = '42501';
const NAME = /^[\w-]{1,40}_drill_\d+$/;

/** The name of a drill's own database, on the server of the app's. */
export async function nameDrillDatabase(pool: pg.Pool, drillId: number): Promise<string> {
  const { rows } = await pool.query<{ name: string }>('SELECT current_database() AS name');
  return `${rows[0]!.name.replaceAll(/[^\w-]/g, '_').slice(0, 40)}_drill_${drillId}`;
}

/** @throws with a sentence for people when it cannot be made */
export async function createDrillDatabase(pool: pg.Pool, name: string): Promise<void> {
  try {
    await pool.query(`CREATE DATABASE ${quoted(name)} TEMPLATE template0`);
  } catch (error) {
    if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new Error(
      'A drill needs a database of its own, and the database user may not create one: ALTER ROLE … CREATEDB.',
      { cause: error },
    );
  }
}

/** What a killed process left of a drill. */
export interface LostWorld {
  id: number;
  database: string;
  reason: string;
  endedAt: Date;
}

/** Takes over the databases of drills that are over and whose process is gone. @returns those whose people were told of an outage */
export async function takeLostWorlds({ db, processId }: Services): Promise<LostWorld[]> {
  await db.pool.query(
    `UPDATE drill_runs d SET owner = $1 WHERE database IS NOT NULL AND ended_at IS NOT NULL AND owner <> $1
       AND NOT ${isAlive('d.owner')}`,
    [processId],
  );
  const { rows } = await db.pool.query<LostWorld>(
    `SELECT id, database, end_reason AS reason, ended_at AS "endedAt" FROM drill_runs
     WHERE database IS NOT NULL AND ended_at IS NOT NULL AND owner = $1 AND notify = 'marked' AND broken_at IS NOT NULL`,
    [processId],
  );
  return rows;
}

/** Removes the databases of this process's drills that are over, but for those that are still needed. */
export async function dropDrillDatabases(
  { db, processId }: Services,
  needed: readonly number[],
): Promise<void> {
  const { rows } = await db.pool.query<{ id: number; database: string }>(
    `SELECT id, database FROM drill_runs
     WHERE database IS NOT NULL AND ended_at IS NOT NULL AND owner = $1 AND id <> ALL($2::bigint[])`,
    [processId, needed],
  );
  for (const { id, database } of rows) {
    await db.pool.query(`DROP DATABASE IF EXISTS ${quoted(database)} WITH (FORCE)`);
    await db.pool.query('UPDATE drill_runs SET database = NULL WHERE id = $1', [id]);
  }
}

/** The address of a drill's database. @param databaseUrl the app's own */
export function drillDatabaseUrl(databaseUrl: string, database: string): string {
  return withDatabase(databaseUrl, database);
}

function quoted(name: string): string {
  if (!NAME.test(name)) throw new Error(`"${name}" is not the name of a drill's database.`);
  return `"${name}"`;
}

/** Messages that are still queued have this long to go out, ms: a process that stops has 10 s for everything. */
const LAST_WORDS_MS = 5000;
const LOOK_MS = 100;

/**
 * Resolves what is open in the world of a drill and lets its last messages out: whoever was told of it hears that it is
 * over, and no alert of it stays open at PagerDuty.
 * @param reason how the drill ended, in words
 */
export async function closeWorld(world: Services, reason: string): Promise<void> {
  await resolveWorld(world, reason);
  const latest = performance.now() + LAST_WORDS_MS;
  while (performance.now() < latest && (await isTelling(world))) await delay(LOOK_MS);
}

/** Resolves what is open in the world of a drill, and ends its warnings; the messages of it are queued. */
async function resolveWorld(world: Services, reason: string): Promise<void> {
  const resolution = `The drill is over. ${reason}`;
  for (const { id } of await currentIncidents(world))
    await resolve(world, {
      incidentId: id,
      actor: SYSTEM,
      now: world.db.clock.now(),
      resolution,
      overrideReason: 'The drill is over.',
    });
  await inTransaction(world.db.pool, (client) => endWarnings(client, resolution, world.db.clock.now()));
}

/** Whether messages wait to go out. */
async function isTelling({ db }: Services): Promise<boolean> {
  const { rows } = await db.pool.query<{ telling: boolean }>(
    "SELECT EXISTS (SELECT 1 FROM notifications WHERE state = 'queued') AS telling",
  );
  return rows[0]!.telling;
}

/** A database that is there answers by then, ms. */
const REACHED_MS = 5000;

/**
 * Ends the world of a drill whose process was killed, in what is left of it, its database: whoever was told of it hears
 * that it is over, and no alert of it stays open at PagerDuty.
 * @param lost a drill that was playing; before, there was nothing to tell of
 * @returns whether every message has gone out or was given up; otherwise some wait for another try
 */
export async function closeLostWorld(
  services: Services,
  lost: { id: number; database: string; reason: string },
): Promise<boolean> {
  const { config, log } = services;
  const databaseUrl = drillDatabaseUrl(services.db.url, lost.database);
  const db = openDatabase({
    databaseUrl,
    dataDir: config.DATA_DIR,
    poolMax: LEAST,
    log: log.child({ drill: lost.id }),
  });
  try {
    const late = AbortSignal.timeout(REACHED_MS);
    const waiting = new Promise<'late'>((done) =>
      late.addEventListener('abort', () => done('late'), { once: true }),
    );
    if ((await Promise.race([db.ready, waiting])) === 'late') return false;
    const world: Services = {
      ...services,
      db,
      config: { ...config, DATABASE_URL: databaseUrl, APP_URL: drillAppUrl(config.APP_URL, lost.id) },
    };
    await resolveWorld(world, lost.reason);
    while (await sendNotifications(world, services.db.clock.now()));
    return !(await isTelling(world));
  } finally {
    await db.stop();
  }
}

type Raised = Pick<QueuedMessage, 'thread' | 'channel' | 'message' | 'drill'>;

/** Tells of every warning of a drill that somebody was told of, and which is not over, that it is over with the drill. */
async function endWarnings(client: pg.ClientBase, sentence: string, now: Date): Promise<void> {
  const { rows } = await client.query<Raised>(
    `SELECT thread, channel, message, drill FROM notifications n WHERE kind = 'warning' AND NOT EXISTS (
       SELECT 1 FROM notifications o WHERE o.thread = n.thread AND o.kind = 'warning_cleared') ORDER BY id`,
  );
  const over = rows.map(({ thread, channel, message, drill }): QueuedMessage => ({
    ...{ thread, channel, drill },
    dedupeKey: `${thread}:warning_cleared:${channelKey(channel)}`,
    incidentId: null,
    contactId: null,
    fallbacks: [],
    message: {
      ...message,
      ...{ kind: 'warning_cleared', severity: 'info', sentence, at: now.toISOString() },
      title: `Over: ${message.title}`,
    },
  }));
  await queueNotifications(client, over, now);
}
