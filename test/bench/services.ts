import { randomUUID } from 'node:crypto';
import { openChatwootClock } from '../../app/lib/chatwoot/clock.server.ts';
import { openChanges } from '../../app/lib/database/changes.server.ts';
import { parseConfig } from '../../app/lib/settings/config.ts';
import { openDatabase } from '../../app/lib/database/database.server.ts';
import { createLog } from '../../app/lib/log.server.ts';
import { createMetrics } from '../../app/lib/metrics.server.ts';
import type { Services } from '../../app/lib/services.server.ts';
import type { BenchServer } from './database.ts';

/** Services of the bench's own process, to call the product's verbs with. */
export async function openServices(server: BenchServer): Promise<Services & { close: () => Promise<void> }> {
  const parsed = parseConfig({ LOG_LEVEL: 'warn', DATABASE_URL: server.url, DATA_DIR: server.dataDir });
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  const log = createLog(parsed.config.LOG_LEVEL);
  const processId = randomUUID();
  const db = openDatabase({ databaseUrl: server.url, dataDir: server.dataDir, log });
  await db.ready;
  const changes = openChanges(db, processId);
  return {
    config: parsed.config,
    log,
    db,
    changes,
    metrics: createMetrics(),
    chatwootClock: openChatwootClock(db),
    processId,
    async close() {
      await changes.stop();
      await db.stop();
    },
  };
}
