import type { DatabaseConnection } from './database-connection.server.ts';
import type { RejectionCounts } from './count-rejections.server.ts';
import type { Spool } from './spool.server.ts';

/** How often the database is tried while something is spooled, and rejections are written, in ms. */
const TICK_MS = 500;
/** Every so many ticks: tell others that we live, and look for files of processes that do not. */
const TOUCH_TICKS = 4;
const ADOPT_TICKS = 10;

export interface Upkeep {
  /** Imports what is spooled, now; an import that runs already is shared. Rejects when the database does not answer. */
  importNow(): Promise<void>;
  stop(): Promise<void>;
}

/** What the intake does beside taking webhooks: importing the spool, writing counts, watching over spool files. */
export function startUpkeep(options: {
  spool: Spool;
  rejections: RejectionCounts;
  connection: DatabaseConnection;
  timeoutMs: number;
  importSpool: () => Promise<void>;
  onFailure: (error: unknown) => void;
}): Upkeep {
  const { spool, rejections, connection, timeoutMs, importSpool, onFailure } = options;
  let importing: Promise<void> | null = null;
  let ticking: Promise<void> = Promise.resolve();
  let stopped = false;
  let count = 0;

  const importNow = () => {
    importing ??= importSpool().finally(() => (importing = null));
    return importing;
  };

  async function tick() {
    try {
      if (count % TOUCH_TICKS === 0) await spool.touch();
      if (count % ADOPT_TICKS === 0) await spool.adopt();
      count += 1;
      if (spool.files().length > 0) await importNow();
      if (rejections.pending()) await connection.use(timeoutMs, (client) => rejections.flush(client));
    } catch (error) {
      onFailure(error);
    }
  }

  const next = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      ticking = tick().then(next);
    }, TICK_MS);
    timer.unref();
  };
  let timer: NodeJS.Timeout | undefined;
  next();

  return {
    importNow,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await ticking;
      await importing?.catch(() => undefined);
      // The last counts; without a database they are lost with the process, the webhooks are not.
      if (rejections.pending())
        await connection.use(timeoutMs, (client) => rejections.flush(client)).catch(() => undefined);
    },
  };
}
