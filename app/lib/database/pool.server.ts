import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../../generated/prisma/client.ts';
import { DatabaseClient, type DatabaseClientOptions } from './database-client.server.ts';
import type { ServerLimits } from './limits.ts';
import { type TroubleKind, troubleOf } from './trouble.ts';

interface PoolOptions extends Omit<DatabaseClientOptions, 'silenceMs'> {
  max: number;
  silenceMs?: number;
  /** Told when a statement had to wait for a connection in vain, or had to share because the server has none left. */
  onShort?: (kind: TroubleKind) => void;
}

/** The server ends a statement before (`STATEMENT_MS`), and says so: who hears nothing until then has lost the connection. */
const SILENCE_MS = 60_000;
/** How long a statement waits for a connection, and a new connection for the server, ms. */
const CONNECT_MS = 5000;
/** A pool that had to be content with fewer connections tries for more after so long, ms. */
const CONTENT_MS = 30_000;

/** Of a process that ends, ms. */
const HURRY_MS = 1000;
const HURRY_LOOK_MS = 250;

type Connected = (error: Error | undefined, client: pg.PoolClient | undefined, done: () => void) => void;

/**
 * A pool whose connections may die without taking the process along: idle ones, and those that are lent out and have no
 * statement running at that moment, as between two statements of a transaction. When the server has no connection left
 * for it, it makes do with those that it has.
 */
function openPool(options: PoolOptions): pg.Pool {
  // The pool makes its clients with these very options, though its types do not say so.
  const config: object = {
    silenceMs: SILENCE_MS,
    connectionTimeoutMillis: CONNECT_MS,
    types: bigintsAsNumbers,
    ...options,
    Client: DatabaseClient,
  };
  const pool = new pg.Pool(config);
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('acquire', (client) => (own(client).lent = true));
  pool.on('release', (_error, client) => {
    const returned = own(client);
    returned.lent = false;
    if (returned.stale) void returned.end();
  });
  makeDo(pool, options);
  return pool;
}

function makeDo(pool: pg.Pool, { max, onShort }: PoolOptions): void {
  const connect = pool.connect.bind(pool) as (connected: Connected) => void;
  const bearWith = (connected: Connected) =>
    connect((error, client, done) => {
      const kind = error && troubleOf(error).kind;
      if (kind !== 'too_many_connections' && kind !== 'no_connection_free')
        return connected(error, client, done);
      onShort?.(kind);
      if (kind === 'no_connection_free' || pool.totalCount === 0) return connected(error, client, done);
      pool.options.max = pool.totalCount;
      setTimeout(() => (pool.options.max = max), CONTENT_MS).unref();
      bearWith(connected);
    });
  pool.connect = ((connected?: Connected) =>
    connected
      ? bearWith(connected)
      : new Promise<pg.PoolClient>((resolve, reject) =>
          bearWith((error, client) => (client ? resolve(client) : reject(error!))),
        )) as pg.Pool['connect'];
}

const own = (client: pg.PoolClient) => client as unknown as DatabaseClient;

/** A pool of one server, as tests and commands want it. */
export function createPool(connectionString: string, max: number): pg.Pool {
  return openPool({ where: () => connectionString, max });
}

const INT8 = 20;
/** Chatwoot's numbers beyond 2^53 stay digits (`ExactId`); nothing of ours counts so far. */
const parseInt8 = (text: string): number | string => {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
};
function typeParser(oid: number, format?: 'text' | 'binary'): unknown {
  return oid === INT8 && format !== 'binary' ? parseInt8 : pg.types.getTypeParser(oid, format);
}

/** `bigint` columns come as numbers. */
export const bigintsAsNumbers = { getTypeParser: typeParser as typeof pg.types.getTypeParser };

export type Where = Pick<DatabaseClientOptions, 'where' | 'pooled'>;

/** All connections of one process to its database, so that those on which the other side has gone silent are found. */
export interface Connections {
  client(options: Omit<DatabaseClientOptions, 'where' | 'pooled'> & Partial<Where>): DatabaseClient;
  pool(options: Omit<PoolOptions, 'where' | 'pooled'>): pg.Pool;
  /** Throws away what is idle; what is in use is not lent out again. @param except the one that proved to work */
  renew(reason: string, except: DatabaseClient | null): void;
  /** How many there are. */
  count(): number;
  /** Those of whose statements nothing was heard for at least so long, ms. */
  silentFor(ms: number): DatabaseClient[];
  /** The process ends: from now on nobody waits for more than a second for a server of which nothing is heard. */
  hurry(): void;
}

/** @param onReadOnly told when a server refuses a write because it takes none */
export function openConnections(where: Where, onReadOnly: () => void): Connections {
  const all = new Set<DatabaseClient>();
  const onCreated = (client: DatabaseClient) => {
    all.add(client);
    client.once('end', () => all.delete(client));
  };
  const made = { onCreated, onReadOnly };
  const pools: pg.Pool[] = [];
  return {
    client: (options) => new DatabaseClient({ ...where, ...options, ...made }),
    pool(options) {
      const pool = openPool({ ...where, ...options, ...made });
      pools.push(pool);
      return pool;
    },
    renew(reason, except) {
      for (const client of all) {
        if (client === except) continue;
        client.stale = true;
        if (client.isIdle) client.giveUp(reason);
      }
    },
    count: () => all.size,
    silentFor: (ms) => [...all].filter((client) => client.silentMs >= ms),
    hurry() {
      for (const pool of pools) pool.options.connectionTimeoutMillis = HURRY_MS;
      setInterval(() => {
        for (const client of all) if (client.isSlow(HURRY_MS)) client.giveUp('the process ends');
      }, HURRY_LOOK_MS).unref();
    },
  };
}

/**
 * Each limit is compared with the sessions that count towards it: the server's with all, the user's with the user's own in
 * every database, the database's with everybody's there. A plain user may not see what kind the sessions of others are.
 */
const LIMITS = `
WITH sessions AS (
  SELECT datid, usesysid FROM pg_stat_activity
  WHERE datid IS NOT NULL AND usesysid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'),
me AS (SELECT oid, rolsuper, rolconnlimit FROM pg_roles WHERE rolname = session_user),
here AS (SELECT oid, datconnlimit FROM pg_database WHERE datname = current_database()),
limits (allowed, used) AS (
  SELECT current_setting('max_connections')::int
      - CASE WHEN rolsuper THEN 0 ELSE current_setting('superuser_reserved_connections')::int
          + coalesce(current_setting('reserved_connections', true)::int, 0) END,
    (SELECT count(*)::int FROM sessions) FROM me
  UNION ALL
  SELECT rolconnlimit, (SELECT count(*)::int FROM sessions WHERE usesysid = me.oid)
  FROM me WHERE rolconnlimit >= 0 AND NOT rolsuper
  UNION ALL
  SELECT datconnlimit, (SELECT count(*)::int FROM sessions WHERE datid = here.oid)
  FROM here, me WHERE datconnlimit >= 0 AND NOT rolsuper)
SELECT allowed, used FROM limits ORDER BY allowed - used LIMIT 1`;

/**
 * Reads the limit that leaves the fewest connections.
 * @param own connections of this process: they do not count as used by others
 */
export async function readLimits(client: pg.ClientBase, own: number): Promise<ServerLimits | null> {
  const { rows } = await client.query<ServerLimits>(LIMITS);
  const limits = rows[0];
  return limits ? { ...limits, used: Math.max(0, limits.used - own) } : null;
}

export interface PoolUsage {
  /** What it is for. */
  name: string;
  /** Connections, of which there are `open` and `idle` of those at present, and may be `max`. */
  open: number;
  idle: number;
  max: number;
  /** Statements for which no connection is free. */
  waiting: number;
}

/** @param pools by what they are for */
export const usageOf = (pools: Record<string, pg.Pool>): PoolUsage[] =>
  Object.entries(pools).map(([name, { totalCount, idleCount, waitingCount, options }]) => ({
    ...{ name, open: totalCount, idle: idleCount, max: options.max, waiting: waitingCount },
  }));

/** A pool, for statements written by hand and by Prisma. */
export interface Work {
  readonly pool: pg.Pool;
  readonly prisma: PrismaClient;
  stop(): Promise<void>;
}

/** Prisma's client is made when it is first asked for: that takes 10 to 30 ms, and few parts use it. */
export function workOn(pool: pg.Pool): Work {
  let prisma: PrismaClient | undefined;
  return {
    pool,
    get prisma() {
      return (prisma ??= new PrismaClient({ adapter: new PrismaPg(pool) }));
    },
    async stop() {
      await prisma?.$disconnect();
      await pool.end();
    },
  };
}
