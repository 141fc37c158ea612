import { statfs } from 'node:fs/promises';
import { readComparedThrough } from '../features/arrival/comparison/read-reconciliation.server.ts';
import { readBackupState } from '../features/backup/backup-rows.server.ts';
import { readQueueFigures } from '../features/delivery/read-queue.server.ts';
import { countGoingOn } from '../features/incidents/read-incidents.server.ts';
import type { Intake } from '../features/intake/intake.ts';
import type { Services } from '../lib/services.server.ts';
import { VERSION } from '../lib/version.server.ts';
import { readArrivalFigures } from '../features/alerts/read-arrival-figures.server.ts';
import { REGISTRATION_FAULTS } from '../features/health/investigations/signature.server.ts';
import { ARRIVAL_STATES, judgeArrival } from '../features/overview/arrival-card.ts';

export interface WorkerHealth {
  /** When each loop last came round, by performance.now(). */
  loops(): Record<string, number>;
}

export interface MetricsSources {
  services: Services;
  /** Left out in a process that takes no webhooks. */
  intake: Intake | undefined;
  worker: WorkerHealth | undefined;
}

/** The Prometheus text of this process. Figures of the database are left out while it does not answer: a gauge never repeats an old number. */
export async function metricsText({ services, intake, worker }: MetricsSources): Promise<string> {
  const { metrics, db } = services;
  const isUp = db.status().state === 'up';
  metrics.build.set({ version: VERSION }, 1);
  metrics.databaseUp.set(isUp ? 1 : 0);
  const { spooled = 0, quarantined = 0 } = intake?.status() ?? {};
  metrics.spooled.set(spooled);
  metrics.quarantined.set(quarantined);
  setConnections(services);
  for (const [loop, cameRound] of Object.entries(worker?.loops() ?? {}))
    metrics.loopAgeSeconds.set({ loop }, (performance.now() - cameRound) / 1000);
  await setDisks(services);
  metrics.queue.reset();
  metrics.breaker.reset();
  metrics.incidents.reset();
  metrics.replicationBytes.reset();
  metrics.oldestPendingSeconds.remove();
  metrics.backupSeconds.remove();
  if (isUp) {
    await setQueue(services);
    await setRecords(services);
  }
  await setArrivalMetrics(services);
  return metrics.registry.metrics();
}

function setConnections({ metrics, db }: Services): void {
  for (const { name: pool, open, idle, max, waiting } of db.usage()) {
    metrics.connections.set({ pool, state: 'in_use' }, open - idle);
    metrics.connections.set({ pool, state: 'idle' }, idle);
    metrics.connections.set({ pool, state: 'waiting' }, waiting);
    metrics.connectionsMax.set({ pool }, max);
  }
}

/** What is not known has no sample: a folder that is not there, or a network's file system that does not tell. */
async function setDisks({ metrics, config }: Services): Promise<void> {
  metrics.diskFree.reset();
  metrics.diskSize.reset();
  for (const [folder, where] of [
    ['data', config.DATA_DIR],
    ['backups', config.BACKUP_DIR],
  ] as const) {
    const disk = where ? await statfs(where).catch(() => null) : null;
    if (!disk) continue;
    metrics.diskFree.set({ folder }, disk.bavail * disk.bsize);
    metrics.diskSize.set({ folder }, disk.blocks * disk.bsize);
  }
}

async function setQueue({ metrics, db }: Services): Promise<void> {
  const figures = await readQueueFigures(db.pool);
  for (const [state, n] of Object.entries(figures.states)) metrics.queue.set({ state }, n);
  metrics.oldestPendingSeconds.set(figures.oldestPendingSeconds ?? 0);
  for (const state of ['closed', 'open', 'half_open'])
    metrics.breaker.set({ state }, state === figures.breaker ? 1 : 0);
}

/** Without the right to see it (`pg_read_all_stats`), a replica's positions are null. */
const REPLICATION = `
SELECT application_name || COALESCE(' ' || client_addr::text, '') AS replica,
  pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, replay_lsn)::float8 AS bytes
FROM pg_stat_replication WHERE replay_lsn IS NOT NULL`;

async function setRecords(services: Services): Promise<void> {
  const { metrics, db, config } = services;
  for (const [severity, n] of Object.entries(await countGoingOn(services)))
    metrics.incidents.set({ severity }, n);
  const { done } = config.BACKUP_DIR ? await readBackupState(db.pool) : { done: null };
  if (done) metrics.backupSeconds.set(Math.max(0, db.clock.now().getTime() - done.at.getTime()) / 1000);
  const { rows } = await db.pool.query<{ replica: string; bytes: number }>(REPLICATION);
  for (const { replica, bytes } of rows) metrics.replicationBytes.set({ replica }, bytes);
}

/** Sets the gauges of the way from Chatwoot to us; what is not known has no sample, so that no old number is repeated. */
export async function setArrivalMetrics({ metrics, db, config }: Services): Promise<void> {
  metrics.arrivalState.reset();
  metrics.registrationState.reset();
  metrics.arrivalDelaySeconds.reset();
  metrics.lastMessageWebhookSeconds.remove();
  metrics.missedMessages.remove();
  metrics.comparedSeconds.remove();
  if (!config.connection || db.status().state !== 'up') return;
  const now = db.clock.now();
  const [arrival, comparedThrough] = await Promise.all([
    readArrivalFigures(db.pool, now),
    readComparedThrough(db.pool),
  ]);
  const { registration, delay, lastWebhookAt, missed } = arrival;
  const { state } = judgeArrival(arrival, now);
  for (const one of ARRIVAL_STATES) metrics.arrivalState.set({ state: one }, one === state ? 1 : 0);
  const fault = registration ? (registration.fault ?? 'ok') : 'unknown';
  for (const one of ['ok', 'unknown', ...REGISTRATION_FAULTS])
    metrics.registrationState.set({ state: one }, one === fault ? 1 : 0);
  if (delay) {
    metrics.arrivalDelaySeconds.set({ quantile: '0.5' }, delay.p50 / 1000);
    metrics.arrivalDelaySeconds.set({ quantile: '0.95' }, delay.p95 / 1000);
  }
  const age = (at: Date) => Math.max(0, now.getTime() - at.getTime()) / 1000;
  if (lastWebhookAt) metrics.lastMessageWebhookSeconds.set(age(lastWebhookAt));
  metrics.missedMessages.set(missed.messages);
  if (comparedThrough) metrics.comparedSeconds.set(age(comparedThrough));
}
