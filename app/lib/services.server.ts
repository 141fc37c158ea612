import type { ChangeFeed } from './database/changes.server.ts';
import type { ChatwootClock } from './chatwoot/clock.server.ts';
import type { Config } from './settings/config.ts';
import type { Database } from './database/database.server.ts';
import type { Logger } from './log.server.ts';
import type { Metrics } from './metrics.server.ts';
import type { Traces } from './traces.server.ts';

/** What every feature verb may need; made once a process by the composition root and handed down. */
export interface Services {
  config: Config;
  log: Logger;
  db: Database;
  changes: ChangeFeed;
  metrics: Metrics;
  /** Left out: nothing is traced. */
  traces?: Traces | null;
  /** By how much Chatwoot's clock differs from ours. */
  chatwootClock: ChatwootClock;
  /** Identity of this process: owner of its leases. A new one at each start. */
  processId: string;
}
