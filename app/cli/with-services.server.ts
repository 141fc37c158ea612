import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '../features/audit/actor.ts';
import { openChatwootClock } from '../lib/chatwoot/clock.server.ts';
import { openChanges } from '../lib/database/changes.server.ts';
import { loadConfigOrExit } from '../lib/settings/load-config.server.ts';
import { databaseSettings, openDatabase } from '../lib/database/database.server.ts';
import { LEAST } from '../lib/database/limits.ts';
import { troubleWords } from '../lib/database/trouble.ts';
import { createLog } from '../lib/log.server.ts';
import { createMetrics } from '../lib/metrics.server.ts';
import type { Services } from '../lib/services.server.ts';

/** How long a command waits for the database before it gives up, in ms. */
const REACH_MS = 20_000;

/**
 * Runs an ops command with services of its own, on the database that the app uses (the embedded one is adopted,
 * or started and stopped again), and ends the process with the code it returns.
 * A failure is one line on standard error and code 1.
 */
export async function runWithServices(command: (services: Services) => Promise<number>): Promise<never> {
  const config = loadConfigOrExit();
  const log = createLog('silent');
  const db = openDatabase({ ...databaseSettings(config), poolMax: LEAST, log });
  const reached = await Promise.race([db.ready.then(() => true), delay(REACH_MS, false, { ref: false })]);
  const { trouble } = db.status();
  if (!reached)
    return fail(
      trouble
        ? `Nothing was done. ${troubleWords(trouble)}`
        : 'Nothing was done: the database did not answer within 20 s.',
    );
  const processId = randomUUID();
  const changes = openChanges(db, processId);
  let code: number;
  try {
    const chatwootClock = openChatwootClock(db);
    await chatwootClock.refresh();
    code = await command({ config, log, db, changes, metrics: createMetrics(), chatwootClock, processId });
  } catch (error) {
    code = fail(error instanceof Error ? error.message : String(error), false);
  }
  await changes.stop();
  await db.stop();
  process.exit(code);
}

/** Prints one line on standard error; ends the process unless told otherwise. */
export function fail(problem: string, exit?: true): never;
export function fail(problem: string, exit: false): 1;
export function fail(problem: string, exit = true): 1 {
  process.stderr.write(`${problem.replace(/\s+/g, ' ').trim()}\n`);
  if (exit) process.exit(1);
  return 1;
}

/** Who is at the keyboard, as the facts and the audit log name them. */
export function cliActor(): Actor {
  const id = `cli:${userName()}`;
  return { id, name: id, role: 'operator', via: 'cli', from: null };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // The account has no entry in the user database, as in many containers.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
