import type { Trouble } from './trouble.ts';

/** What the server lets the app's user have, by the limit that leaves the fewest: the server's, the user's, the database's. */
export interface ServerLimits {
  /** Connections that there may be at most, of all whom that limit is for. */
  allowed: number;
  /** Of them in use now, except those of this process. */
  used: number;
}

/** Connections of one process, of which the watch, the listener and the two of the intake are always there or come at any moment. */
export interface PoolSizes {
  /** All together. */
  total: number;
  work: number;
  queue: number;
  reads: number;
}

const FIXED = 4;
/** What one process opens at most when it is left to itself (docs/decisions/0001-shape.md). */
const MOST = 30;
/** With fewer, loops wait for each other. */
export const LEAST = 8;
/** The share of what is free that one process takes: others start too, and people look at the database. */
const SHARE = 0.8;

/** @param wanted DATABASE_POOL_MAX; null: what the server allows */
export function poolSizes(wanted: number | null, limits: ServerLimits | null): PoolSizes {
  const free = limits ? Math.floor((limits.allowed - limits.used) * SHARE) : MOST;
  const total = wanted ?? Math.min(MOST, Math.max(LEAST, free));
  const shared = total - FIXED;
  const queue = Math.min(5, Math.max(1, Math.round(shared / 5)));
  const reads = Math.min(8, Math.max(1, Math.round(shared / 3)));
  return { total, queue, reads, work: Math.max(1, shared - queue - reads) };
}

/** @returns null when the server has as many connections as the process may open */
export function tooFew({ total }: PoolSizes, limits: ServerLimits | null): Trouble | null {
  const left = limits ? Math.max(0, limits.allowed - limits.used) : Infinity;
  if (left >= Math.min(total, LEAST)) return null;
  return {
    kind: 'too_many_connections',
    sentence: `The database has ${left} connections left for this process, which needs at least ${LEAST}.`,
    cure: 'Raise max_connections of PostgreSQL or the limit of the user, or close what else is connected; until then pages and deliveries wait for each other.',
  };
}
