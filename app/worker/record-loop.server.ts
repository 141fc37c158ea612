import { setTimeout as delay } from 'node:timers/promises';
import type { BreakerChange } from '../features/delivery/breaker.ts';
import type { FinishedDelivery } from '../features/delivery/record-attempts.server.ts';
import {
  recordInParts,
  type RecordedInParts,
  type RefusedAttempt,
} from '../features/delivery/record-in-parts.server.ts';
import { recordSetAside } from '../features/facts/set-aside.server.ts';
import type { Connection } from '../lib/settings/config.ts';
import type { Services } from '../lib/services.server.ts';
import { watchTrouble, type LoopTrouble } from './loop-trouble.ts';

/** Attempts recorded in one transaction at most. */
const BATCH = 500;
/** While more is out or to be sent, results wait for company: a statement for 150 costs two thirds of three for 50. */
const COMPANY = 150;
/** They wait no longer than this, ms. */
const COMPANY_MS = 20;
/** A result that PostgreSQL refuses is tried again this often, ms: the cure may have come meanwhile. */
const ASIDE_MS = 10_000;
/** Between two tries while the database does not answer, ms. */
const PATIENCE_MS = 200;

export interface Recorder {
  add(finished: FinishedDelivery): void;
  /** Results cannot be recorded, round after round; null while they can. */
  trouble(): LoopTrouble | null;
  /** Results that are not recorded yet, or that the database refuses. */
  waiting(): number;
  /** Records what is left, for at most `ms`. */
  stop(ms: number): Promise<void>;
}

interface Listener {
  /** More results are to come: there is enough to send, or requests are out beside those whose results wait here. */
  expectsMore(): boolean;
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
  /** Refused by PostgreSQL. Their leases are kept, so that nobody sends them again. */
  let aside: FinishedDelivery[] = [];
  const trouble = watchTrouble();
  let recording = 0;
  let running: Promise<void> | undefined;
  let stopped = false;
  let patience: NodeJS.Timeout | undefined;
  let asideTimer: NodeJS.Timeout | undefined;

  async function record() {
    clearTimeout(patience);
    patience = undefined;
    do {
      const batch = results.slice(0, BATCH);
      recording = batch.length;
      try {
        const context = {
          owner: processId,
          config,
          agentEndpoint,
          now: services.db.clock.now(),
          random: Math.random,
        };
        const outcome = await recordInParts(db.queuePool, batch, context);
        results = results.slice(batch.length);
        recording = 0;
        if (outcome.refused.length === 0) trouble.worked();
        else trouble.failed(outcome.refused[0]!.cause);
        setAside(outcome.refused);
        tell(batch, outcome);
      } catch (error) {
        recording = 0;
        trouble.failed(error);
        log.warn({ problem: String(error), waiting: results.length }, 'attempts could not be recorded yet');
        await delay(PATIENCE_MS);
      }
    } while (isWorthIt() && !stopped);
    running = undefined;
    if (results.length > 0 && !stopped) waitForCompany();
  }

  const isWorthIt = () => results.length >= COMPANY || (results.length > 0 && !listener.expectsMore());

  function start() {
    running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(record);
  }

  function waitForCompany() {
    patience ??= setTimeout(start, COMPANY_MS);
  }

  function setAside(refused: readonly RefusedAttempt[]) {
    for (const { attempt, cause } of refused) {
      const { seq, eventId, event } = attempt.delivery;
      log.error({ seq, eventId, event, cause }, 'the result of a delivery was refused by the database');
    }
    if (refused.length === 0) return;
    const rows = refused.map(({ attempt: { delivery }, cause }) => ({
      purpose: 'what became of deliveries',
      name: `event ${delivery.seq} (${delivery.event})`,
      cause,
    }));
    recordSetAside(db.queuePool, rows).catch((error: unknown) =>
      log.warn({ problem: String(error) }, 'not on record: results that were refused'),
    );
    aside.push(...refused.map(({ attempt }) => attempt));
    asideTimer ??= setTimeout(tryAgain, ASIDE_MS).unref();
  }

  function tryAgain() {
    asideTimer = undefined;
    results.push(...aside);
    aside = [];
    start();
  }

  function tell(batch: FinishedDelivery[], { recorded, refused }: RecordedInParts) {
    const completed = recorded.flatMap((part) => part.completed);
    const change = recorded.findLast((part) => part.change)?.change ?? null;
    for (const { delivery, result, after } of completed) {
      metrics.attempts.inc({ outcome: result.outcome });
      metrics.attemptSeconds.observe(result.durationMs / 1000);
      services.traces?.attempt({
        ...{ eventId: delivery.eventId, event: delivery.event, number: delivery.attemptsTotal + 1 },
        ...result,
      });
      if (after.state === 'delivered') metrics.delivered.inc();
      if (after.state === 'delivered' && delivery.late) metrics.late.inc();
      if (after.state === 'pending')
        listener.retryIn(Math.max(0, after.dueAt.getTime() - db.clock.now().getTime()) + 1);
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
          ...(delivery.late && { late: true }),
        },
        'attempt',
      );
    }
    const lost = batch.length - completed.length - refused.length;
    if (lost > 0) {
      log.warn({ lost }, 'results of deliveries that another worker had taken over were left out');
    }
    if (change) log.warn({ change }, 'circuit breaker');
    const kept = new Set(refused.map(({ attempt }) => attempt.delivery.seq));
    listener.recorded(
      batch.map(({ delivery }) => delivery.seq).filter((seq) => !kept.has(seq)),
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
    trouble: () => trouble.current(),
    waiting: () => results.length + aside.length,
    async stop(ms) {
      if (results.length > 0) start();
      await Promise.race([running, delay(ms, undefined, { ref: false })]);
      stopped = true;
      clearTimeout(patience);
      clearTimeout(asideTimer);
      if (recording > 0) await running;
    },
  };
}
