import type pg from 'pg';
import { DatabaseClient, type DatabaseClientOptions } from './client.server.ts';
import { openPool, type PoolOptions } from './pool.server.ts';

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
}

/** @param onReadOnly told when a server refuses a write because it takes none */
export function openConnections(where: Where, onReadOnly: () => void): Connections {
  const all = new Set<DatabaseClient>();
  const onCreated = (client: DatabaseClient) => {
    all.add(client);
    client.once('end', () => all.delete(client));
  };
  const made = { onCreated, onReadOnly };
  return {
    client: (options) => new DatabaseClient({ ...where, ...options, ...made }),
    pool: (options) => openPool({ ...where, ...options, ...made }),
    renew(reason, except) {
      for (const client of all) {
        if (client === except) continue;
        client.stale = true;
        if (client.isIdle) client.giveUp(reason);
      }
    },
    count: () => all.size,
    silentFor: (ms) => [...all].filter((client) => client.silentMs >= ms),
  };
}
