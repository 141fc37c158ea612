import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '../features/audit/actor.ts';
import { openChatwootClock } from '../lib/chatwoot/clock.server.ts';
import { openChanges } from '../lib/database/changes.server.ts';
import { databaseSettings, openDatabase } from '../lib/database/database.server.ts';
import { LEAST } from '../lib/database/limits.ts';
import { troubleWords } from '../lib/database/trouble.ts';
import { createLog } from '../lib/log.server.ts';
import { createMetrics } from '../lib/metrics.server.ts';
import type { Services } from '../lib/services.server.ts';
import { loadConfigOrExit } from '../lib/settings/load-config.server.ts';

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

/** How long a remote app may take to answer, in ms. */
const TIMEOUT_MS = 30_000;

export interface Remote {
  /** @throws RemoteRefusal when the answer is no success */
  get(path: string): Promise<unknown>;
  /** Sends a form. @throws RemoteRefusal when the answer is no success */
  post(path: string, fields: URLSearchParams): Promise<unknown>;
}

/** The remote app said no, or did not answer; the message is a sentence for a person. */
export class RemoteRefusal extends Error {
  code: string | null;
  body: unknown;
  constructor(message: string, code: string | null, body: unknown) {
    super(message);
    this.code = code;
    this.body = body;
  }
}

/**
 * An app on another machine, acted on with an API token.
 * @param url http or https
 */
function connectRemote(url: string, token: string): Remote {
  const headers = { Accept: 'application/json', Authorization: `Bearer ${token}` };
  const ask = async (path: string, init: RequestInit): Promise<unknown> => {
    const response = await fetch(new URL(path, url), {
      ...init,
      // A redirect that is followed would carry the token to wherever it leads.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: unknown) => {
      throw notAnswered(url, error);
    });
    const location = response.headers.get('Location');
    if (response.status >= 300 && response.status < 400 && location)
      throw new RemoteRefusal(
        `${url} leads to ${new URL(location, url).origin}: give the address of the app itself with --url.`,
        null,
        null,
      );
    const text = await response.text().catch((error: unknown) => {
      throw notAnswered(url, error);
    });
    const body = parseWithDates(text);
    if (response.ok && body !== null) return body;
    if (response.ok)
      throw new RemoteRefusal(`${url} is no Outage Center: it answered something else.`, null, null);
    const { detail, code } = (body ?? {}) as { detail?: string; code?: string };
    throw new RemoteRefusal(detail ?? `${url} answered ${response.status}.`, code ?? null, body);
  };
  return {
    get: (path) => ask(path, { headers }),
    post: (path, fields) =>
      ask(path, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: fields.toString(),
      }),
  };
}

function notAnswered(url: string, error: unknown): RemoteRefusal {
  const { cause, message } = error as Error;
  return new RemoteRefusal(
    `${url} does not answer: ${cause instanceof Error && cause.message ? cause.message : message}`,
    null,
    null,
  );
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** JSON with its times as Date objects, as the same figures come from the database; null when it is no JSON. */
function parseWithDates(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown) =>
      typeof value === 'string' && ISO_TIME.test(value) ? new Date(value) : value,
    );
  } catch {
    return null;
  }
}

/**
 * Runs a command where its arguments say: in this machine's database, or through the app at `--url`. Ends the process
 * with the code it returns; a refusal is one line and code 1.
 */
export async function runHereOrRemote(
  where: { url?: string | undefined; token?: string | undefined },
  ways: { here: (services: Services) => Promise<number>; remote: (remote: Remote) => Promise<number> },
): Promise<never> {
  if (where.url === undefined) return runWithServices(ways.here);
  try {
    process.exit(await ways.remote(connectRemote(where.url, where.token ?? '')));
  } catch (error) {
    if (error instanceof RemoteRefusal) fail(error.message);
    fail(`${where.url} answered what this command does not understand: ${String(error)}`);
  }
}
