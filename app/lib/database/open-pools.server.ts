import type pg from 'pg';
import type { PoolSizes } from './limits.ts';
import { type Connections, type PoolUsage, usageOf, type Work, workOn } from './pool.server.ts';
import { openReplica, type Replica } from './replica.server.ts';
import type { TroubleKind } from './trouble.ts';

/**
 * A plan of the queue is made once, mostly while the queue is empty, and kept while it grows to a hundred thousand rows
 * and back: it must not read a table from end to end because that table was empty then. Planning the large statements
 * anew each time would cost 2 ms a batch.
 */
const QUEUE_SESSION = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off';
/** A page that takes longer to read is not worth waiting for, ms; then nothing is heard of it. */
const READ_MS = 8000;
const READ_SILENCE_MS = 10_000;

export interface Pools {
  sizes: PoolSizes;
  queuePool: pg.Pool;
  work: Work;
  reading: Work;
  /** Null without DATABASE_READ_URL. */
  replica: Replica | null;
  usage(): PoolUsage[];
  /** The replica first: it asks the database. */
  close(): Promise<void>;
}

/** The pools of a process: of its queue, of its loops and actions, and of whoever reads pages. */
export function openPools(
  connections: Connections,
  sizes: PoolSizes,
  options: { readUrl: string | undefined; onShort: (kind: TroubleKind) => void },
): Pools {
  const { readUrl, onShort } = options;
  const pool = connections.pool({ max: sizes.work, onShort });
  const reads = connections.pool({
    max: sizes.reads,
    statementMs: READ_MS,
    silenceMs: READ_SILENCE_MS,
    onShort,
  });
  const queuePool = connections.pool({ max: sizes.queue, options: QUEUE_SESSION, onShort });
  const work = workOn(pool);
  const reading = workOn(reads);
  const replica = readUrl ? openReplica(readUrl, sizes.reads, reading) : null;
  return {
    ...{ sizes, queuePool, work, reading, replica },
    usage: () =>
      usageOf({ work: pool, reads, queue: queuePool, ...(replica && { replica: replica.connections }) }),
    async close() {
      await replica?.stop();
      await Promise.all([work.stop(), reading.stop(), queuePool.end()]);
    },
  };
}
