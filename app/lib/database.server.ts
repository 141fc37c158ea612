import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from '../generated/prisma/client.ts';
import type { DatabaseClient, DatabaseClientOptions } from './database/client.server.ts';
import { openConnections } from './database/connections.server.ts';
import { openWatch } from './database/watch.server.ts';
import { createDatabaseClock, type DatabaseClock } from './database-clock.ts';
import { openEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.server.ts';
import type { Logger } from './log.server.ts';
import { applyMigrations } from './migrate.server.ts';

export { createPool } from './database/pool.server.ts';

export interface DatabaseStatus {
  state: 'starting' | 'up' | 'down';
  since: Date;
  /** Why it is not up, for a person; never a connection string. */
  problem?: string;
}

/** Thrown by `pool` and `prisma` before the database was reached for the first time. */
export class DatabaseUnavailable extends Error {
  constructor() {
    super('The database has not been reached yet.');
  }
}

export interface Database {
  status(): DatabaseStatus;
  /** What is due, stale or late goes by this, and so does every time that is stored. */
  readonly clock: DatabaseClock;
  /** For hand-written statements; `bigint` columns come as numbers. */
  readonly pool: pg.Pool;
  /** For the queue's own statements: the same, with plans that hold whatever the queue's depth. */
  readonly queuePool: pg.Pool;
  /** For the page's reads and the ordinary writes. */
  readonly prisma: PrismaClient;
  readonly url: string;
  /** A connection of the caller's own, not connected yet; it is watched as those of the pools are. */
  client(options: Omit<DatabaseClientOptions, 'where' | 'pooled'>): DatabaseClient;
  /** Resolves when the database has been reached and migrated (once: it may be down again later). */
  ready: Promise<void>;
  /** Told each time the database becomes reachable or unreachable. */
  onStatus(listener: (status: DatabaseStatus) => void): void;
  stop(): Promise<void>;
}

export interface DatabaseOptions {
  databaseUrl: string | undefined;
  dataDir: string;
  log: Logger;
  /** The folder that holds `prisma/migrations`. */
  root?: string;
  /** How often a healthy database is asked whether it still answers, in ms. */
  checkEveryMs?: number;
}

const OLDEST_SERVER = 150_000;
/** How often a healthy database is asked whether it still answers, ms. */
const LOOK_MS = 500;

/**
 * A plan of the queue is made once, mostly while the queue is empty, and kept while it grows to a hundred thousand rows
 * and back: it must not read a table from end to end because that table was empty then. Planning the large statements
 * anew each time would cost 2 ms a batch.
 */
const QUEUE_SESSION = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off';
/** A migration may take long; whether the server is at work on it is looked up meanwhile. */
const MIGRATION_SILENCE_MS = 1_800_000;

/**
 * Reaches the database in the background and keeps watching it, so that a process can take webhooks into its
 * spool before, and while, PostgreSQL is away. Embedded: starts the server, and again after it was killed.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const { log } = options;
  const stopping = new AbortController();
  const listeners: ((status: DatabaseStatus) => void)[] = [];
  const connected = Promise.withResolvers<void>();
  const clock = createDatabaseClock();
  let status: DatabaseStatus = { state: 'starting', since: clock.now() };
  let embedded: EmbeddedPostgres | undefined;
  let url = options.databaseUrl;
  let opened: { pool: pg.Pool; queuePool: pg.Pool; prisma: PrismaClient } | undefined;
  let opening: Promise<void> | undefined;
  let refusal: Error | undefined;

  const reach = () => {
    if (url === undefined) throw new DatabaseUnavailable();
    return url;
  };
  const connections = openConnections({ where: reach });
  const watch = openWatch(connections, {
    renewed: (reason) =>
      log.warn({ problem: reason }, 'database connections had gone silent and were made anew'),
    clock: (reading) => clock.read(reading),
  });

  function become(state: DatabaseStatus['state'], problem?: string) {
    if (status.state === state) {
      status = { ...status, problem };
      return;
    }
    status = { state, since: clock.now(), problem };
    log.info({ database: state, problem }, 'database');
    for (const listener of listeners) listener(status);
  }

  async function open() {
    const migrating = connections.client({ silenceMs: MIGRATION_SILENCE_MS, connectionTimeoutMillis: 5000 });
    const applied = await applyMigrations(migrating, options.root);
    if (applied.length > 0) log.info({ applied }, 'migrations applied');
    const pool = connections.pool({ max: 20 });
    opened = {
      pool,
      queuePool: connections.pool({ max: 5, options: QUEUE_SESSION }),
      prisma: new PrismaClient({ adapter: new PrismaPg(connections.pool({ max: 10 })) }),
    };
  }

  /** In the background, because the watch looks meanwhile whether what it waits for has been lost. */
  function openSoon() {
    opening ??= open()
      .then(
        () => (refusal = undefined),
        (error: unknown) => (refusal = error instanceof Error ? error : new Error(String(error))),
      )
      .then(() => (opening = undefined));
  }

  async function look() {
    if (!options.databaseUrl) {
      embedded ??= await openEmbeddedPostgres(path.resolve(options.dataDir));
      url = embedded.url;
    }
    const { version } = await watch.ask();
    if (version < OLDEST_SERVER)
      throw new Error(
        `DATABASE_URL points to PostgreSQL ${Math.floor(version / 10_000)}: 15 or later is needed.`,
      );
    await watch.endLost();
    if (opened) return;
    openSoon();
    // Most starts have nothing to migrate: then it is up by now.
    await Promise.race([opening, delay(LOOK_MS)]);
    if (refusal) throw refusal;
  }

  async function keepLooking() {
    while (!stopping.signal.aborted) {
      try {
        await look();
        if (opened) {
          become('up');
          connected.resolve();
        }
      } catch (error) {
        become(status.state === 'starting' ? 'starting' : 'down', problemOf(error));
        await embedded
          ?.ensureRunning()
          .catch((failure: unknown) => log.warn({ problem: problemOf(failure) }, 'embedded PostgreSQL'));
      }
      await delay(status.state === 'up' ? (options.checkEveryMs ?? LOOK_MS) : 200, undefined, {
        signal: stopping.signal,
      }).catch(() => undefined);
    }
  }
  const watching = keepLooking();

  const need = () => {
    if (!opened) throw new DatabaseUnavailable();
    return opened;
  };
  return {
    status: () => status,
    clock,
    get pool() {
      return need().pool;
    },
    get queuePool() {
      return need().queuePool;
    },
    get prisma() {
      return need().prisma;
    },
    get url() {
      return reach();
    },
    client: (wanted) => connections.client(wanted),
    ready: connected.promise,
    onStatus: (listener) => void listeners.push(listener),
    stop: async () => {
      stopping.abort();
      await watching;
      await opening;
      await watch.close();
      await opened?.prisma.$disconnect();
      await opened?.pool.end();
      await opened?.queuePool.end();
      await embedded?.stop();
    },
  };
}

function problemOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(problemOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
