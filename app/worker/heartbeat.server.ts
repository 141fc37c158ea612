import { hostname } from 'node:os';
import path from 'node:path';
import { noteListening, noteStopped } from '../features/arrival/note-gap.server.ts';
import { APART_MS, processClockWords } from '../lib/time-words.ts';
import type { Services } from '../lib/services.server.ts';
import { storableJson } from '../lib/storable.ts';
import { inTransaction } from '../lib/database/transaction.server.ts';
import type { LoopTrouble } from './loop-trouble.ts';
import { createWake } from './wake.ts';
import { HEARTBEAT_MS } from '../features/processes/liveness.ts';
import {
  type Beat,
  beat,
  comeBack,
  forgetDead,
  forgetProcess,
} from '../features/processes/process-row.server.ts';

/** Who is back tells again after so long, ms. */
const BACK_MS = 500;
/** Who keeps webhooks tells at once, and then no more often than this, ms. */
const KEEPING_MS = 200;
/** A clock that is wrong is told this often, ms. */
const TELL_CLOCK_MS = 600_000;

/** A loop or a job that fails, by its name. */
export interface NamedTrouble extends LoopTrouble {
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
  let stopping = false;
  const started = performance.now();
  const listens = config.ROLE !== 'worker';
  let toldClockAt = -Infinity;
  /** The database was not there since the last beat. */
  let wasAway = false;
  const wake = createWake();
  db.onStatus(({ state }) => {
    if (state !== 'up') wasAway = true;
    wake.now();
  });
  let wasInterrupted = false;
  db.onInterrupted(() => {
    wasInterrupted = true;
    wake.now();
  });

  // Whoever hands on webhooks waits for those that are kept.
  let beganAt = -Infinity;
  let toldSpooled = 0;
  let telling: NodeJS.Timeout | undefined;
  const unsubscribe = services.changes.on('page', () => {
    if ((spoolStatus()?.spooled ?? 0) === 0) return;
    const early = toldSpooled === 0 ? 0 : beganAt + KEEPING_MS - performance.now();
    if (early <= 0) wake.now();
    else telling ??= setTimeout(wake.now, early).unref();
  });

  const failed = (error: unknown) => log.warn({ problem: String(error) }, 'heartbeat');

  async function tell() {
    beganAt = performance.now();
    clearTimeout(telling);
    telling = undefined;
    const spool = spoolStatus();
    toldSpooled = spool?.spooled ?? 0;
    const ahead = db.clock.processAheadMs();
    const values: Beat = [
      processId,
      toldSpooled,
      spool?.spooledSince ?? null,
      spool?.quarantined ?? 0,
      storableJson(troubles()),
      ahead === null ? null : Math.round(ahead),
    ];
    const goesOn = !wasAway && (await beat(db.queuePool, values));
    if (!goesOn) await tellAgain(values);
    await forgetDead(db.queuePool);
  }

  /** Who stood still, was away or has just begun has missed what was sent meanwhile. */
  async function tellAgain(values: Beat) {
    wasAway = false;
    const [host, dataDir] = [hostname(), path.resolve(config.DATA_DIR)];
    const startedAt = new Date(db.clock.now().getTime() - (performance.now() - started));
    try {
      await inTransaction(db.queuePool, async (client) => {
        if (listens) await noteListening(client, { id: processId, host, dataDir });
        await comeBack(client, values, { role: config.ROLE, host, pid: process.pid, startedAt, dataDir });
      });
    } catch (error) {
      wasAway = true;
      throw error;
    }
    if (listens) services.changes.announce('work');
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

  async function leave() {
    if (listens) await noteStopped(db.pool);
    await forgetProcess(db.pool, processId);
  }

  async function loop() {
    while (!stopping) {
      const isBack = wasAway || wasInterrupted;
      wasInterrupted = false;
      if (db.status().state === 'up') await tell().then(tellClock, failed);
      // What is in the spool is known for sure when the last statements of before are given up.
      await wake.sleep(isBack ? BACK_MS : HEARTBEAT_MS);
    }
    if (db.status().state === 'up') await leave().catch(() => undefined);
  }
  const looping = loop();
  return {
    async stop() {
      stopping = true;
      unsubscribe();
      wake.now();
      await looping;
    },
  };
}
