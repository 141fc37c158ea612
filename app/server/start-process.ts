import { randomUUID } from 'node:crypto';
import { type Access, openAccess } from '../features/access/access.server.ts';
import { firstSetupPath } from '../features/access/links/make-links.server.ts';
import { openStatusPage } from '../features/status/open-status-page.server.ts';
import { openIntake } from '../features/intake/open-intake.server.ts';
import { openChatwootClock } from '../lib/chatwoot/clock.server.ts';
import { openChanges } from '../lib/database/changes.server.ts';
import { databaseSettings, openDatabase } from '../lib/database/database.server.ts';
import { lockDataDir } from '../lib/data-dir-lock.server.ts';
import type { Logger } from '../lib/log.server.ts';
import { createMetrics } from '../lib/metrics.server.ts';
import type { Services } from '../lib/services.server.ts';
import type { Config } from '../lib/settings/config.ts';
import { openTraces } from '../lib/traces.server.ts';
import { startHeartbeat } from '../worker/heartbeat.server.ts';
import { startWorker, type Worker } from '../worker/start-worker.server.ts';
import { openDrillWorld } from './drill-world.server.ts';
import { startHttpServer } from './http-server.ts';
import { startMachineServer } from './machine-endpoints.ts';

export interface RunningProcess {
  services: Services;
  /** The port it listens on; undefined for ROLE=worker. */
  port: number | undefined;
  /** Takes no new work, finishes what is in flight, then closes everything. */
  stop(): Promise<void>;
}

/** What is under way when the process is to end has so long before it gives up on a database of which nothing is heard, ms. */
const UNHURRIED_MS = 1500;

/**
 * Starts what ROLE asks for. HTTP listens before the database is reached: until then webhooks go to the spool
 * and /readyz says no. Whoever serves has DATA_DIR for itself, because of the spool in it; workers may share it.
 * @throws Error with a sentence for the operator: DATA_DIR or the port is somebody else's
 */
export async function startProcess(options: {
  config: Config;
  log: Logger;
  sandboxUrl?: string | undefined;
  /** What the demo's printed link signs in with; counts together with a sandbox only. */
  demoToken?: string | undefined;
}): Promise<RunningProcess> {
  const { config, log } = options;
  const processId = randomUUID();
  const serves = config.ROLE !== 'worker';
  const works = config.ROLE !== 'web';
  const lock = serves ? await lockDataDir(config.DATA_DIR) : undefined;
  if (lock?.problem) log.warn({ problem: lock.problem }, 'DATA_DIR is not locked against a second app');
  const db = openDatabase({
    ...databaseSettings(config),
    readUrl: serves ? config.DATABASE_READ_URL : undefined,
    log,
  });
  const changes = openChanges(db, processId);
  const chatwootClock = openChatwootClock(db);
  const services: Services = {
    ...{ config, log, db, changes, chatwootClock, processId },
    metrics: createMetrics(),
    traces: await openTraces(config, log),
  };

  const intake = serves ? openIntake(services) : undefined;
  const heartbeat = startHeartbeat(
    services,
    () => intake?.status(),
    () => worker?.troubles() ?? [],
  );
  const worker: Worker | undefined = works
    ? startWorker(services, { openWorld: (order) => openDrillWorld(services, order) })
    : undefined;
  const { sandboxUrl, demoToken } = options;
  const access = openAccess(services, sandboxUrl ? demoToken : undefined);
  const statusPage = serves ? openStatusPage(services) : undefined;
  const web =
    intake && statusPage
      ? await startHttpServer({ services, intake, access, statusPage, worker, sandboxUrl })
      : undefined;
  const machine =
    !serves && config.METRICS_PORT > 0
      ? await startMachineServer({ services, intake, access, worker })
      : undefined;
  if (web) announceSetup(services, access, web.port);
  log.info({ role: config.ROLE, port: web?.port, processId }, 'started');

  return {
    services,
    port: web?.port,
    async stop() {
      setTimeout(() => db.hurry(), UNHURRIED_MS).unref();
      // Side by side: each may have to wait for a database that does not answer. Webhooks come until the server has ended.
      await Promise.all([
        web?.stop().then(() => Promise.all([intake?.stop(), statusPage?.stop()])),
        machine?.stop(),
        worker?.stop(),
      ]);
      access.stop();
      await heartbeat.stop();
      await changes.stop();
      await Promise.all([db.stop(), services.traces?.stop()]);
      await lock?.release();
    },
  };
}

/**
 * Prints the link that makes the first admin as soon as the database is there, at each start until somebody has used
 * one. Each start makes a new link, because only hashes are kept; the older ones go on until they expire or one is used.
 */
function announceSetup(services: Services, access: Access, port: number): void {
  if (access.demo) return;
  services.db.ready
    .then(async () => {
      const path = await firstSetupPath(services, services.db.clock.now());
      if (path) process.stdout.write(setupText(access.baseUrl(port) + path));
    })
    .catch((error: unknown) => services.log.error({ problem: String(error) }, 'no set-up link made'));
}

const setupText = (url: string) => `
Nobody can sign in yet. Open this link within 24 hours to become the first admin; it works once:

  ${url}

`;
