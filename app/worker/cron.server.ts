import { setTimeout as delay } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import { pruneIdempotencyKeys } from '../features/api/acting.server.ts';
import { pruneArrival } from '../features/arrival/note-gap.server.ts';
import { pruneWaiting } from '../features/waiting/tick-waiting.server.ts';
import { recordAuditHead } from '../features/audit/verify-audit.server.ts';
import { removeFinished, removeTexts } from '../features/delivery/remove-old-events.server.ts';
import { pruneRollups, removeFacts } from '../features/facts/remove-facts.server.ts';
import { recordLedgerCheck } from '../features/facts/ledger.server.ts';
import { pruneProbeResults } from '../features/health/run-health-tick.server.ts';
import { tickReportReminders } from '../features/report/tick-report-reminders.server.ts';
import { removeTicketTexts } from '../features/tickets/change-ticket.server.ts';
import { removeUnconfirmed } from '../features/status/subscribers/sign-up.server.ts';
import { removeOldNotices } from '../features/status/tick-status.server.ts';
import type { Services } from '../lib/services.server.ts';
import type { NamedTrouble } from './heartbeat.server.ts';
import { watchTrouble } from './loop-trouble.ts';

/** A removal goes on no longer than this in an hour, ms, so that a large backlog of it leaves room for the day's work. */
const REMOVE_FOR_MS = 4 * 60_000;

/** Jobs by the clock: once per cluster, however many workers run. */
export function startCron(services: Services): {
  /** Jobs whose last run failed. */
  troubles(): NamedTrouble[];
  stop(): Promise<void>;
} {
  const { db, log, changes } = services;
  const jobs: Record<string, { cron: string; run: () => Promise<unknown> }> = {
    'ledger-check': {
      cron: '* * * * *',
      run: async () => {
        const ledger = await recordLedgerCheck(db.pool, services.db.clock.now());
        if (!ledger.balanced) log.error({ ledger }, 'the ledger does not balance');
        changes.announce('page');
      },
    },
    'remove-texts': {
      cron: '17 3 * * *',
      run: async () => {
        const { MESSAGE_RETENTION_DAYS: retentionDays } = services.config;
        const removed = await removeTexts(db.pool, { retentionDays, now: services.db.clock.now() });
        if (removed > 0) log.info({ removed, retentionDays }, 'texts of old messages removed');
      },
    },
    'remove-ticket-texts': {
      cron: '23 3 * * *',
      run: async () => {
        const { MESSAGE_RETENTION_DAYS: retentionDays } = services.config;
        const removed = await removeTicketTexts(db.pool, { retentionDays, now: services.db.clock.now() });
        if (removed > 0) log.info({ removed, retentionDays }, 'texts of old tickets removed');
      },
    },
    'remove-finished': {
      cron: '47 * * * *',
      run: async () => {
        const { EVENT_RETENTION_DAYS: retentionDays } = services.config;
        const removed = await removeFinished(db.pool, {
          retentionDays,
          now: db.clock.now(),
          forMs: REMOVE_FOR_MS,
        });
        if (removed > 0) log.info({ removed, retentionDays }, 'old events removed');
      },
    },
    'remove-facts': {
      cron: '53 * * * *',
      run: async () => {
        const { FACT_RETENTION_DAYS: retentionDays } = services.config;
        const removed = await removeFacts(db.pool, {
          retentionDays,
          now: db.clock.now(),
          forMs: REMOVE_FOR_MS,
        });
        if (removed > 0) log.info({ removed, retentionDays }, 'old facts removed');
      },
    },
    'remove-status-notices': {
      cron: '37 3 * * *',
      run: () =>
        removeOldNotices(db.pool, {
          retentionDays: services.config.FACT_RETENTION_DAYS,
          now: db.clock.now(),
        }),
    },
    'remove-unconfirmed': { cron: '11 * * * *', run: () => removeUnconfirmed(db.pool, db.clock.now()) },
    'audit-head': {
      cron: '* * * * *',
      run: async () => {
        const head = await recordAuditHead(db.pool, services.db.clock.now());
        // Also in the log, which leaves this machine: whoever may change the database may change its facts.
        if (head) log.info({ auditHead: head }, 'audit log');
      },
    },
    'prune-probe-results': {
      cron: '41 * * * *',
      run: () => pruneProbeResults(db.pool, services.db.clock.now()),
    },
    'prune-backlog': {
      cron: '29 3 * * *',
      run: async () => {
        const now = services.db.clock.now();
        await pruneArrival(db.pool, now);
        const { MESSAGE_RETENTION_DAYS: retentionDays, EVENT_RETENTION_DAYS: eventDays } = services.config;
        await pruneWaiting(db.pool, { retentionDays, eventDays, now });
      },
    },
    'report-reminders': {
      cron: '* * * * *',
      run: () => tickReportReminders(services, services.db.clock.now()),
    },
    'prune-idempotency-keys': { cron: '31 * * * *', run: () => pruneIdempotencyKeys(services) },
    'prune-rollups': { cron: '*/5 * * * *', run: () => pruneRollups(db.pool, services.db.clock.now()) },
  };
  const watches = new Map(Object.keys(jobs).map((name) => [name, watchTrouble()]));
  let boss: PgBoss | undefined;
  let stopped = false;
  const stopSignal = Promise.withResolvers<void>();

  async function start() {
    boss = new PgBoss({
      schema: 'pgboss',
      // Over connections of ours: those of its own would wait for ever for a server that has gone silent.
      db: { executeSql: (text, values) => db.pool.query(text, values) },
    });
    boss.on('error', (error) => log.warn({ problem: error.message }, 'cron'));
    await boss.start();
    for (const [name, job] of Object.entries(jobs)) {
      await boss.createQueue(name, { policy: 'short', retryLimit: 2 });
      await boss.schedule(name, job.cron);
      await boss.work(name, { pollingIntervalSeconds: 5 }, async () => {
        try {
          await job.run();
          watches.get(name)?.worked();
        } catch (error) {
          watches.get(name)?.failed(error);
          throw error;
        }
      });
    }
  }
  async function startOnceUp() {
    await Promise.race([db.ready, stopSignal.promise]);
    while (!stopped) {
      try {
        return await start();
      } catch (error) {
        log.warn({ problem: String(error) }, 'cron did not start yet');
        await Promise.race([delay(2000, undefined, { ref: false }), stopSignal.promise]);
      }
    }
  }
  const starting = startOnceUp();

  return {
    troubles: () =>
      [...watches].flatMap(([name, watch]) => {
        const trouble = watch.current();
        return trouble ? [{ name, ...trouble }] : [];
      }),
    async stop() {
      stopped = true;
      stopSignal.resolve();
      await starting;
      await boss?.stop({ graceful: true, timeout: 3000 });
    },
  };
}
