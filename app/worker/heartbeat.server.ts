import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { APART_MS, processClockWords } from '../lib/process-clock-words.ts';
import type { Services } from '../lib/services.server.ts';
import { storableJson } from '../lib/storable.ts';
import type { Trouble } from './trouble.ts';

/** How often a process says that it lives, in ms. */
export const HEARTBEAT_MS = 2000;
/** A clock that is wrong is told this often, ms. */
const TELL_CLOCK_MS = 600_000;

/** A loop or a job that fails, by its name. */
export interface NamedTrouble extends Trouble {
  name: string;
}

interface SpoolStatus {
  spooled: number;
  spooledSince: Date | null;
  quarantined: number;
}

/**
 * Keeps this process's row in `processes` fresh: leases live as long as their owner's row does. What it writes is the time of
 * the write, not the time at which it began to wait for a lock. Also tells how
 * much this process holds in its spool and its quarantine and which of its loops fail, and clears away rows of processes gone for an hour.
 */
export function startHeartbeat(
  services: Services,
  spoolStatus: () => SpoolStatus | undefined,
  troubles: () => NamedTrouble[] = () => [],
): { stop(): Promise<void> } {
  const { db, config, log, processId } = services;
  const stopping = new AbortController();
  const started = performance.now();
  let toldClockAt = -Infinity;

  const failed = (error: unknown) => log.warn({ problem: String(error) }, 'heartbeat');

  async function beat() {
    const spool = spoolStatus();
    const ahead = db.clock.processAheadMs();
    await db.queuePool.query({
      name: 'heartbeat',
      text: `INSERT INTO processes (id, role, host, pid, started_at, last_seen, spooled, spooled_since, quarantined, data_dir, troubles, clock_ahead_ms)
             VALUES ($1, $2, $3, $4, $5, clock_timestamp(), $6, $7, $8, $9, $10, $11)
             ON CONFLICT (id) DO UPDATE SET last_seen = clock_timestamp(), spooled = excluded.spooled, spooled_since = excluded.spooled_since, quarantined = excluded.quarantined,
               troubles = excluded.troubles, clock_ahead_ms = excluded.clock_ahead_ms`,
      values: [
        processId,
        config.ROLE,
        hostname(),
        process.pid,
        new Date(db.clock.now().getTime() - (performance.now() - started)),
        spool?.spooled ?? 0,
        spool?.spooledSince ?? null,
        spool?.quarantined ?? 0,
        path.resolve(config.DATA_DIR),
        storableJson(troubles()),
        ahead === null ? null : Math.round(ahead),
      ],
    });
    await db.queuePool.query("DELETE FROM processes WHERE last_seen < now() - interval '1 hour'");
  }

  /** Times in the log are this process's own. */
  function tellClock() {
    const aheadMs = db.clock.processAheadMs() ?? 0;
    if (Math.abs(aheadMs) <= APART_MS || performance.now() - toldClockAt < TELL_CLOCK_MS) return;
    toldClockAt = performance.now();
    const databaseTime = db.clock.now();
    const processTime = new Date(databaseTime.getTime() + aheadMs);
    log.warn({ processTime, databaseTime }, processClockWords({ host: hostname(), aheadMs }, databaseTime));
  }

  async function loop() {
    while (!stopping.signal.aborted) {
      if (db.status().state === 'up') await beat().then(tellClock, failed);
      await delay(db.status().state === 'up' ? HEARTBEAT_MS : 100, undefined, {
        signal: stopping.signal,
      }).catch(() => undefined);
    }
    if (db.status().state === 'up')
      await db.pool.query('DELETE FROM processes WHERE id = $1', [processId]).catch(() => undefined);
  }
  const looping = loop();
  return {
    async stop() {
      stopping.abort();
      await looping;
    },
  };
}
