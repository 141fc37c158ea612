import pg from 'pg';
import type { DatabaseClient } from '../../lib/database/database-client.server.ts';
import type { Database } from '../../lib/database/database.server.ts';
import { isDataError } from '../../lib/database/write-in-parts.server.ts';

/** The database did not answer in time; what was asked of it may have happened. */
class DatabaseTimeout extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
  }
}

/** Every use has a deadline of its own; this one only ends what nobody waits for any more, ms. */
const SILENCE_MS = 60_000;

/** One connection that is made when needed and thrown away after any failure but a data error. */
export interface DatabaseConnection {
  /**
   * @param timeoutMs for connecting and the whole action; afterwards the socket is destroyed
   * @throws DatabaseTimeout, or what the action or the connection threw
   */
  use<T>(timeoutMs: number, action: (client: pg.Client) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * A connection of the intake's own: the shared pool may be busy with a slow page, and its queue has no
 * deadline that ends a hung statement.
 * @param options.pipeline whether statements are sent without waiting for the ones before; every action is
 *   then one statement. Otherwise actions take turns, because each may be a transaction.
 */
export function openDatabaseConnection(
  db: Database,
  options: { name: string; pipeline: boolean },
): DatabaseConnection {
  const turn = takeTurns();
  let opening: { client: DatabaseClient; connected: Promise<DatabaseClient> } | null = null;
  let client: DatabaseClient | null = null;

  function connect(timeoutMs: number): Promise<DatabaseClient> {
    if (opening) return opening.connected;
    const fresh = db.client({
      connectionTimeoutMillis: timeoutMs,
      silenceMs: SILENCE_MS,
      application_name: options.name,
      pipeline: options.pipeline,
      // The one statement of this connection is large: planning it anew each time took a third of it.
      options: '-c plan_cache_mode=force_generic_plan',
    });
    const forget = () => {
      if (client === fresh) client = null;
    };
    fresh.on('error', forget);
    fresh.on('end', forget);
    const connected = (async () => {
      await fresh.connect();
      if (isOpening(fresh)) opening = null;
      return (client = fresh);
    })();
    opening = { client: fresh, connected };
    return connected;
  }

  const isOpening = (fresh: DatabaseClient) => opening?.client === fresh;

  function destroy() {
    for (const used of [opening?.client, client]) used?.giveUp('it failed');
    opening = null;
    client = null;
  }

  async function use<T>(timeoutMs: number, action: (client: pg.Client) => Promise<T>): Promise<T> {
    const work = client ? action(client) : (async () => action(await connect(timeoutMs)))();
    try {
      return await withDeadline(timeoutMs, work);
    } catch (error) {
      if (!isDataError(error)) destroy();
      throw error;
    }
  }

  return {
    use: (timeoutMs, action) =>
      options.pipeline ? use(timeoutMs, action) : turn(() => use(timeoutMs, action)),
    async close() {
      const last = client;
      client = null;
      await last?.end().catch(() => undefined);
    },
  };
}

/** A deadline is counted in so many looks. */
const LOOKS = 4;

/**
 * Time in which this process itself stood still does not count: stopped or starved, it would find its deadline over before it
 * has read the answer that lies there.
 * @throws DatabaseTimeout when the work takes longer; it goes on, and what becomes of it is ignored
 */
async function withDeadline<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let looks = 0;
  const late = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      looks += 1;
      if (looks === LOOKS) reject(new DatabaseTimeout(timeoutMs));
    }, timeoutMs / LOOKS);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearInterval(timer);
  }
}

/** Runs actions one after the other, in the order asked for. */
export type TakeTurns = <T>(action: () => Promise<T>) => Promise<T>;

export function takeTurns(): TakeTurns {
  let last: Promise<unknown> = Promise.resolve();
  return (action) => {
    const mine = last.then(action);
    last = mine.catch(() => undefined);
    return mine;
  };
}
