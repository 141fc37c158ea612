import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { openChatwootClock } from '../../app/lib/chatwoot/clock.server.ts';
import { openChanges } from '../../app/lib/database/changes.server.ts';
import { parseConfig } from '../../app/lib/settings/config.ts';
import { openDatabase } from '../../app/lib/database/database.server.ts';
import { createLog } from '../../app/lib/log.server.ts';
import { createMetrics } from '../../app/lib/metrics.server.ts';
import type { Services } from '../../app/lib/services.server.ts';
import { createTestDatabase } from './database.ts';
import { makeQuickFolder } from './quick-folder.ts';
import { unsignedUnless } from './unsigned.ts';

export interface TestServices extends Services {
  databaseUrl: string;
  dataDir: string;
  close(): Promise<void>;
}

/**
 * Real services over a database of the test's own.
 * @param env settings beyond the defaults; pass DATABASE_URL to share another test process's database
 */
export async function createTestServices(env: Record<string, string> = {}): Promise<TestServices> {
  const own = env.DATABASE_URL ? null : await createTestDatabase();
  const dataDir = env.DATA_DIR ?? (await makeQuickFolder('data'));
  const databaseUrl = env.DATABASE_URL ?? own!.url;
  const parsed = parseConfig({
    LOG_LEVEL: 'silent',
    ...unsignedUnless(env),
    ...env,
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
  });
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  const log = createLog(parsed.config.LOG_LEVEL);
  const processId = randomUUID();
  const db = openDatabase({ databaseUrl, dataDir, log });
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
    databaseUrl,
    dataDir,
    async close() {
      await changes.stop();
      await db.stop();
      await own?.drop();
      if (!env.DATA_DIR) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
