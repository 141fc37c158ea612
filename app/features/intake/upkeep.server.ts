import type { DatabaseConnection } from './database-connection.server.ts';
import type { AnswerCounts } from './count-answers.server.ts';
import type { Spool } from './spool/open-spool.server.ts';

/** How often the database is tried while something is spooled, and counts are written, in ms. */
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
  counts: AnswerCounts;
  connection: DatabaseConnection;
  timeoutMs: number;
  importSpool: () => Promise<void>;
  onFailure: (error: unknown) => void;
}): Upkeep {
  const { spool, counts, connection, timeoutMs, importSpool, onFailure } = options;
  let importing: Promise<void> | null = null;
  let ticking: Promise<void> = Promise.resolve();
  let stopped = false;
  let ticks = 0;

  const importNow = () => {
    importing ??= importSpool().finally(() => (importing = null));
    return importing;
  };

  async function tick() {
    try {
      if (ticks % TOUCH_TICKS === 0) await spool.touch();
      if (ticks % ADOPT_TICKS === 0) await spool.adopt();
      ticks += 1;
      if (spool.files().length > 0) await importNow();
      if (counts.pending()) await connection.use(timeoutMs, (client) => counts.flush(client));
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
      if (counts.pending())
        await connection.use(timeoutMs, (client) => counts.flush(client)).catch(() => undefined);
    },
  };
}
