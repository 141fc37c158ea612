import { randomUUID } from 'node:crypto';
import { openChatwootClock } from '../../app/lib/chatwoot/clock.server.ts';
import { openChanges } from '../../app/lib/database/changes.server.ts';
import { parseConfig } from '../../app/lib/settings/config.ts';
import { openDatabase } from '../../app/lib/database/database.server.ts';
import { createLog } from '../../app/lib/log.server.ts';
import { createMetrics } from '../../app/lib/metrics.server.ts';
import { startIntakeServer } from './intake-server.ts';

/** A process with nothing but the intake, to be killed; says its port to whoever forked it. */
const parsed = parseConfig(process.env);
if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
const { config } = parsed;
const log = createLog(config.LOG_LEVEL);
const processId = randomUUID();
const db = openDatabase({ databaseUrl: config.DATABASE_URL, dataDir: config.DATA_DIR, log });
const services = {
  config,
  log,
  db,
  changes: openChanges(db, processId),
  metrics: createMetrics(),
  chatwootClock: openChatwootClock(db),
  processId,
};
const server = await startIntakeServer(services);
process.send?.(server.url);
