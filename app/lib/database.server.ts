import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../generated/prisma/client.ts';
import { openEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.server.ts';
import type { Logger } from './log.server.ts';
import { applyMigrations } from './migrate.server.ts';

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
  /** For hand-written statements; `bigint` columns come as numbers. */
  readonly pool: pg.Pool;
  /** For the queue's own statements: the same, with plans that hold whatever the queue's depth. */
  readonly queuePool: pg.Pool;
  /** For the page's reads and the ordinary writes. */
  readonly prisma: PrismaClient;
  readonly url: string;
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

/**
 * A plan of the queue is made once, mostly while the queue is empty, and kept while it grows to a hundred thousand rows
 * and back: it must not read a table from end to end because that table was empty then. Planning the large statements
 * anew each time would cost 2 ms a batch.
 */
const QUEUE_SESSION = 'SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off';

/**
 * Reaches the database in the background and keeps watching it, so that a process can take webhooks into its
 * spool before, and while, PostgreSQL is away. Embedded: starts the server, and again after it was killed.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const { log } = options;
  const stopping = new AbortController();
  const listeners: ((status: DatabaseStatus) => void)[] = [];
  const connected = Promise.withResolvers<void>();
  let status: DatabaseStatus = { state: 'starting', since: new Date() };
  let embedded: EmbeddedPostgres | undefined;
  let opened: { url: string; pool: pg.Pool; queuePool: pg.Pool; prisma: PrismaClient } | undefined;

  function become(state: DatabaseStatus['state'], problem?: string) {
    if (status.state === state) {
      status = { ...status, problem };
      return;
    }
    status = { state, since: new Date(), problem };
    log.info({ database: state, problem }, 'database');
    for (const listener of listeners) listener(status);
  }

  async function open() {
    if (!options.databaseUrl) embedded ??= await openEmbeddedPostgres(path.resolve(options.dataDir));
    const url = options.databaseUrl ?? embedded!.url;
    await checkVersion(url);
    const applied = await applyMigrations(url, options.root);
    if (applied.length > 0) log.info({ applied }, 'migrations applied');
    opened = {
      url,
      pool: createPool(url, 20),
      queuePool: createPool(url, 5, QUEUE_SESSION),
      prisma: new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 10 }) }),
    };
  }

  async function watch() {
    while (!stopping.signal.aborted) {
      try {
        if (!opened) await open();
        else await answers(opened.pool);
        become('up');
        connected.resolve();
      } catch (error) {
        become(status.state === 'starting' ? 'starting' : 'down', problemOf(error));
        if (opened)
          await embedded
            ?.ensureRunning()
            .catch((failure: unknown) => log.warn({ problem: problemOf(failure) }, 'embedded PostgreSQL'));
      }
      await delay(status.state === 'up' ? (options.checkEveryMs ?? 500) : 200, undefined, {
        signal: stopping.signal,
      }).catch(() => undefined);
    }
  }
  const watching = watch();

  const need = () => {
    if (!opened) throw new DatabaseUnavailable();
    return opened;
  };
  return {
    status: () => status,
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
      return need().url;
    },
    ready: connected.promise,
    onStatus: (listener) => void listeners.push(listener),
    stop: async () => {
      stopping.abort();
      await watching;
      await opened?.prisma.$disconnect();
      await opened?.pool.end();
      await opened?.queuePool.end();
      await embedded?.stop();
    },
  };
}

/**
 * A pool whose connections may die without taking the process along: idle ones, and those that are lent out and have no
 * statement running at that moment, as between two statements of a transaction.
 * @param session statements that each new connection begins with
 */
export function createPool(connectionString: string, max: number, session?: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    // The pool waits for it, though its types do not say so.
    // eslint-disable-next-line @typescript-eslint/no-misused-promises
    ...(session && { onConnect: async (client: pg.ClientBase) => void (await client.query(session)) }),
    types: { getTypeParser: typeParser as typeof pg.types.getTypeParser },
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

const INT8 = 20;
function typeParser(oid: number, format?: 'text' | 'binary'): unknown {
  return oid === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format);
}

async function checkVersion(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      "SELECT current_setting('server_version_num')::int AS version",
    );
    const version = rows[0]?.version ?? 0;
    if (version < OLDEST_SERVER)
      throw new Error(
        `DATABASE_URL points to PostgreSQL ${Math.floor(version / 10_000)}: 15 or later is needed.`,
      );
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function answers(pool: pg.Pool): Promise<void> {
  const timeout = AbortSignal.timeout(2000);
  const late = new Promise<never>((_, reject) =>
    timeout.addEventListener('abort', () => reject(new Error('no answer within 2 s')), { once: true }),
  );
  await Promise.race([pool.query('SELECT 1'), late]);
}

function problemOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(problemOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
