import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { Config } from '../settings/config.ts';
import { serversOf } from './database-address.ts';
import type { DatabaseClient, DatabaseClientOptions } from './database-client.server.ts';
import { openConnections, type PoolUsage, readLimits, type Work } from './pool.server.ts';
import { poolSizes, tooFew, type ServerLimits } from './limits.ts';
import { keepStatus } from './database-status.server.ts';
import {
  codeOf,
  troubleOf,
  troubleOfKind,
  KnownTrouble,
  type Trouble,
  type TroubleKind,
  type DatabaseStatus,
} from './trouble.ts';
import { openPools, type Pools } from './open-pools.server.ts';
import { openWatch } from './watch.server.ts';
import { createDatabaseClock, type DatabaseClock } from './database-clock.ts';
import {
  openEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../embedded-postgres/embedded-postgres.server.ts';
import { ownServerTrouble } from '../embedded-postgres/home.server.ts';
import type { Logger } from '../log.server.ts';
import { applyMigrations } from './migrate.server.ts';

export { createPool } from './pool.server.ts';

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
  /** The same database for whoever reads pages: few statements at a time, each of them ended after some seconds. */
  readonly reading: Pick<Work, 'pool' | 'prisma'>;
  /** The same for one page: the replica's connections if it has all that the database has at this moment, else `reading`. */
  readingNow(): Promise<() => Pick<Work, 'pool' | 'prisma'>>;
  /** Where databases are made, and what needs a session: past a pooler, if there is one. */
  readonly url: string;
  /**
   * A connection of the caller's own, not connected yet; it is watched as those of the pools are.
   * @param options.direct past a pooler, for what lives as long as its session, such as LISTEN
   */
  client(options: Omit<DatabaseClientOptions, 'where' | 'pooled'> & { direct?: boolean }): DatabaseClient;
  /** Resolves when the database has been reached and migrated (once: it may be down again later). */
  ready: Promise<void>;
  /** How far the connections of this process are in use; none before the database was reached. */
  usage(): PoolUsage[];
  /** Told each time the database becomes reachable or unreachable. */
  onStatus(listener: (status: DatabaseStatus) => void): void;
  /** Told when connections were lost, also when the database was there again before anybody saw it away. */
  onInterrupted(listener: () => void): void;
  /** The process ends: what waits for a server that is silent gives up, so that everything else can be ended in order. */
  hurry(): void;
  stop(): Promise<void>;
}

export interface DatabaseOptions {
  /** As libpq understands it: several servers may stand in it. */
  databaseUrl: string | undefined;
  /** The same database without the pooler that `databaseUrl` leads through. */
  directUrl?: string | undefined;
  /** Most connections of this process; null or left out: as many as the server allows and the process can use. */
  poolMax?: number | null;
  /** A replica from which pages are read. */
  readUrl?: string | undefined;
  dataDir: string;
  log: Logger;
  /** The folder that holds `prisma/migrations`. */
  root?: string;
  /** How often a healthy database is asked whether it still answers, in ms. */
  checkEveryMs?: number;
}

/** The settings of the database. */
export const databaseSettings = (
  config: Pick<Config, 'DATABASE_URL' | 'DATABASE_DIRECT_URL' | 'DATABASE_POOL_MAX' | 'DATA_DIR'>,
) => ({
  databaseUrl: config.DATABASE_URL,
  directUrl: config.DATABASE_DIRECT_URL,
  poolMax: config.DATABASE_POOL_MAX,
  dataDir: config.DATA_DIR,
});

const OLDEST_SERVER = 150_000;
/** How often a healthy database is asked whether it still answers, ms. */
const LOOK_MS = 500;

/** How long a new connection may take, how often the limits of the server are read, how long a shortage is told of, ms. */
const CONNECT_MS = 5000;
const LIMITS_MS = 30_000;
const SHORTAGE_MS = 60_000;
/** A migration may take long; whether the server is at work on it is looked up meanwhile. */
const MIGRATION_SILENCE_MS = 1_800_000;

const POOLER_ALONE: Trouble = {
  kind: 'other',
  sentence:
    'DATABASE_URL leads through a connection pooler, so processes learn of each other’s changes late.',
  cure: 'Set DATABASE_DIRECT_URL to the address of PostgreSQL itself.',
};

/**
 * Reaches the database in the background and keeps watching it, so that a process can take webhooks into its
 * spool before, and while, PostgreSQL is away. Embedded: starts the server, and again after it was killed.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const { log } = options;
  const stopping = new AbortController();
  const connected = Promise.withResolvers<void>();
  const interrupted: (() => void)[] = [];
  const clock = createDatabaseClock();
  const status = keepStatus(log, () => clock.now());
  let embedded: EmbeddedPostgres | undefined;
  let opened: Pools | undefined;
  let opening: Promise<void> | undefined;
  let refusal: Error | undefined;
  let isPooled = options.directUrl !== undefined;
  let limits: ServerLimits | null = null;
  let limitsReadAt = -Infinity;
  let shortage: { kind: TroubleKind; at: number } | undefined;

  const servers = () => {
    const address = embedded?.url ?? options.databaseUrl;
    if (address === undefined) throw new DatabaseUnavailable();
    return serversOf(address) ?? [address];
  };
  const direct = (): string => {
    const several = options.directUrl === undefined ? null : serversOf(options.directUrl);
    return several?.[servers().indexOf(watch.server())] ?? several?.[0] ?? watch.server();
  };
  const connections = openConnections({ where: () => watch.server(), pooled: () => isPooled }, () => {
    // Whoever is connected to a server that was demoted would stay there for ever.
    connections.renew('the server takes no writes', null);
    watch.doubt();
  });
  const past = { where: direct, pooled: () => isPooled && options.directUrl === undefined };
  const watch = openWatch(connections, servers, {
    renewed: (reason) => log.warn({ reason }, 'database connections are made anew'),
    interrupted: () => interrupted.forEach((listener) => listener()),
    clock: (reading) => clock.read(reading),
  });

  async function open() {
    const migrating = connections.client({
      ...past,
      silenceMs: MIGRATION_SILENCE_MS,
      connectionTimeoutMillis: CONNECT_MS,
    });
    const applied = await applyMigrations(migrating, options.root);
    if (applied.length > 0) log.info({ applied }, 'migrations applied');
    await lookAtLimits();
    const sizes = poolSizes(options.poolMax ?? null, limits);
    log.info({ connections: sizes.total, server: limits }, 'database connections');
    const onShort = (kind: TroubleKind) => (shortage = { kind, at: performance.now() });
    opened = openPools(connections, sizes, { readUrl: options.readUrl, onShort });
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

  async function lookAtLimits() {
    if (performance.now() - limitsReadAt < LIMITS_MS) return;
    // Behind a pooler the server's limits are the pooler's affair.
    limits = isPooled ? null : await readLimits(watch.client(), connections.count());
    limitsReadAt = performance.now();
  }

  function warnings(): Trouble[] {
    const found: (Trouble | null)[] = [];
    if (isPooled && !options.directUrl) found.push(POOLER_ALONE);
    if (opened) found.push(tooFew(opened.sizes, limits), opened.replica?.trouble() ?? null);
    if (shortage && performance.now() - shortage.at < SHORTAGE_MS)
      found.push(
        troubleOfKind(shortage.kind === 'no_connection_free' ? shortage.kind : 'too_many_connections'),
      );
    return found.filter((trouble) => trouble !== null);
  }

  async function look() {
    if (!options.databaseUrl) embedded ??= await openEmbeddedPostgres(path.resolve(options.dataDir));
    const { version, readOnly, pooled } = await watch.ask();
    isPooled = pooled || options.directUrl !== undefined;
    if (version < OLDEST_SERVER) throw new KnownTrouble(troubleOfKind('too_old'));
    if (readOnly) throw new KnownTrouble(troubleOfKind('read_only'));
    await watch.endLost();
    if (opened) return lookAtLimits();
    openSoon();
    // Most starts have nothing to migrate: then it is up by now.
    await Promise.race([opening, delay(LOOK_MS)]);
    if (refusal) throw refusal;
  }

  async function keepLooking() {
    while (!stopping.signal.aborted) {
      try {
        await look();
        status.warn(warnings());
        if (opened) {
          status.become('up');
          connected.resolve();
        }
      } catch (error) {
        const state = status.current().state === 'starting' ? 'starting' : 'down';
        status.become(state, options.databaseUrl ? troubleOf(error) : ownServerTrouble(error), codeOf(error));
        await embedded
          ?.ensureRunning()
          .catch((failure: unknown) => status.become(state, troubleOf(failure), codeOf(failure)));
      }
      const isUp = status.current().state === 'up';
      await delay(isUp ? (options.checkEveryMs ?? LOOK_MS) : 200, undefined, {
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
    status: () => status.current(),
    clock,
    get pool() {
      return need().work.pool;
    },
    get queuePool() {
      return need().queuePool;
    },
    get prisma() {
      return need().work.prisma;
    },
    reading: {
      get pool() {
        return need().reading.pool;
      },
      get prisma() {
        return need().reading.prisma;
      },
    },
    async readingNow() {
      const replica = opened?.replica;
      return replica && (await replica.isCurrent()) ? () => replica.reading : () => need().reading;
    },
    get url() {
      return options.directUrl ?? embedded?.url ?? options.databaseUrl ?? servers()[0]!;
    },
    client: ({ direct: isDirect, ...wanted }) => connections.client({ ...wanted, ...(isDirect && past) }),
    ready: connected.promise,
    usage: () => opened?.usage() ?? [],
    onStatus: (listener) => status.onChange(listener),
    onInterrupted: (listener) => void interrupted.push(listener),
    hurry: () => connections.hurry(),
    stop: async () => {
      stopping.abort();
      await watching;
      await opening;
      await Promise.all([watch.close(), opened?.close()]);
      await embedded?.stop();
    },
  };
}

/**
 * The same database, whose statements are those of whoever reads pages: they never wait for loops, nor loops for them.
 * @param reading over which connections
 */
export function forReading(db: Database, reading: () => Pick<Work, 'pool' | 'prisma'>): Database {
  return Object.create(db, {
    pool: { get: () => reading().pool },
    prisma: { get: () => reading().prisma },
  }) as Database;
}
