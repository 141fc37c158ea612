import { setTimeout as delay } from 'node:timers/promises';
import type { BreakerChange } from '../features/delivery/breaker.ts';
import {
  recordAttempts,
  type FinishedDelivery,
  type RecordedAttempts,
} from '../features/delivery/record-attempts.server.ts';
import type { Connection } from '../lib/config.ts';
import type { Services } from '../lib/services.server.ts';

/** Attempts recorded in one transaction at most. */
const BATCH = 500;
/** While there is enough to send, results wait for company: a statement for 150 costs half of three for 50. */
const COMPANY = 150;
/** They wait no longer than this, ms. */
const COMPANY_MS = 20;

export interface Recorder {
  add(finished: FinishedDelivery): void;
  /** Results that are not recorded yet. */
  waiting(): number;
  /** Records what is left, for at most `ms`. */
  stop(ms: number): Promise<void>;
}

interface Listener {
  /** There is enough to send until the next results are on record. */
  hasPlenty(): boolean;
  /** These have a result on record, or lost their lease to another worker. */
  recorded(seqs: number[], change: BreakerChange | null): void;
  retryIn(ms: number): void;
}

/**
 * Records results in batches, one at a time: those that arrive while a transaction commits share the next.
 * While the database is away they wait here; a process killed meanwhile sends them again, under the same id.
 */
export function createRecorder(services: Services, connection: Connection, listener: Listener): Recorder {
  const { config, db, log, processId, metrics, changes } = services;
  const agentEndpoint = `${connection.agentUrl}/webhooks/chatwoot`;
  let results: FinishedDelivery[] = [];
  let recording = 0;
  let running: Promise<void> | undefined;
  let stopped = false;
  let patience: NodeJS.Timeout | undefined;

  async function record() {
    clearTimeout(patience);
    patience = undefined;
    do {
      const batch = results.slice(0, BATCH);
      recording = batch.length;
      try {
        const context = { owner: processId, config, agentEndpoint, now: new Date(), random: Math.random };
        const recorded = await recordAttempts(db.queuePool, batch, context);
        results = results.slice(batch.length);
        recording = 0;
        tell(batch, recorded);
      } catch (error) {
        recording = 0;
        log.warn({ problem: String(error), waiting: results.length }, 'attempts could not be recorded yet');
        await delay(200);
      }
    } while (isWorthIt() && !stopped);
    running = undefined;
    if (results.length > 0 && !stopped) waitForCompany();
  }

  const isWorthIt = () => results.length >= COMPANY || (results.length > 0 && !listener.hasPlenty());

  function start() {
    running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(record);
  }

  function waitForCompany() {
    patience ??= setTimeout(start, COMPANY_MS);
  }

  function tell(batch: FinishedDelivery[], { completed, change }: RecordedAttempts) {
    for (const { delivery, result, after } of completed) {
      metrics.attempts.inc({ outcome: result.outcome });
      metrics.attemptSeconds.observe(result.durationMs / 1000);
      if (after.state === 'delivered') metrics.delivered.inc();
      if (after.state === 'pending') listener.retryIn(Math.max(0, after.dueAt.getTime() - Date.now()) + 1);
      log.info(
        {
          eventId: delivery.eventId,
          deliveryId: delivery.deliveryId,
          conversation: delivery.conversationKey,
          event: delivery.event,
          attempt: delivery.attemptsTotal + 1,
          outcome: result.outcome,
          status: result.status,
          durationMs: result.durationMs,
          state: after.state,
        },
        'attempt',
      );
    }
    if (completed.length < batch.length) {
      log.warn(
        { lost: batch.length - completed.length },
        'results of deliveries that another worker had taken over were left out',
      );
    }
    if (change) log.warn({ change }, 'circuit breaker');
    listener.recorded(
      batch.map(({ delivery }) => delivery.seq),
      change,
    );
    changes.announce('page');
  }

  return {
    add(finished) {
      results.push(finished);
      if (running) return;
      if (isWorthIt()) start();
      else waitForCompany();
    },
    waiting: () => results.length,
    async stop(ms) {
      if (results.length > 0) start();
      await Promise.race([running, delay(ms, undefined, { ref: false })]);
      stopped = true;
      clearTimeout(patience);
      if (recording > 0) await running;
    },
  };
}
