import { evaluateAlerts, tickAlerts } from '../../app/features/alerts/evaluate-alerts.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

/** The moment at which each story begins. */
const START = new Date('2026-09-22T05:00:00.000Z');

/** Settings with which every channel of the environment is told. */
export const CHANNELS = {
  SLACK_WEBHOOK_URL: 'http://127.0.0.1:9/slack',
  PAGERDUTY_ROUTING_KEY: 'a'.repeat(32),
  SMTP_URL: 'smtp://127.0.0.1:9',
  SMTP_FROM: 'outage@example.com',
  NOTIFY_EMAIL_TO: 'team@example.com',
};

interface Checked {
  component?: string;
  outcome: 'ok' | 'failed' | 'inconclusive' | 'degraded';
  detail?: string;
}

/** A real database and a clock that the story moves. */
export interface AlertWorld {
  services: TestServices;
  now(): Date;
  /** Minutes since the story began. */
  minute(): number;
  advance(ms: number): void;
  /** A health check at this moment: it records components and probes, and judges the rules, as the real one does. */
  check(...checked: Checked[]): Promise<void>;
  /** Attempts that ended in this minute. */
  attempts(counts: { ok?: number; failed?: number }): Promise<void>;
  breaker(state: 'closed' | 'open'): Promise<void>;
  /** The loop between the checks, once. */
  tick(): Promise<void>;
  alert(rule: string): Promise<{ state: string; words: string; okStreak: number; value: number | null }>;
  query<T>(sql: string, values?: unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

export async function createAlertWorld(env: Record<string, string> = {}): Promise<AlertWorld> {
  const services = await createTestServices(env);
  const { pool } = services.db;
  let clock = START.getTime();
  let ticks = 0;
  const now = () => new Date(clock);
  const query = async <T>(sql: string, values: unknown[] = []) => (await pool.query(sql, values)).rows as T[];

  async function record({ component = 'chatwoot', outcome, detail }: Checked): Promise<void> {
    const failed = outcome === 'failed';
    const state = { ok: 'up', failed: 'down', inconclusive: 'inconclusive', degraded: 'degraded' }[outcome];
    const good = outcome === 'ok' || outcome === 'degraded';
    const label = component === 'chatwoot' ? 'Chatwoot' : component.replace('target:', '');
    await pool.query(
      `INSERT INTO health_components (name, label, state, since, failures, successes, first_failed_at, checked_at, detail, target)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $4, $8, 'http://127.0.0.1:9')
       ON CONFLICT (name) DO UPDATE SET state = excluded.state, checked_at = excluded.checked_at, detail = excluded.detail,
         since = CASE WHEN health_components.state = excluded.state THEN health_components.since ELSE excluded.since END,
         failures = CASE WHEN $9 THEN 0 ELSE health_components.failures + excluded.failures END,
         first_failed_at = CASE WHEN $9 THEN NULL ELSE COALESCE(health_components.first_failed_at, excluded.first_failed_at) END`,
      [
        component,
        label,
        state,
        now(),
        failed ? 1 : 0,
        good ? 1 : 0,
        failed ? now() : null,
        detail ?? (failed ? '503 at /health' : null),
        good,
      ],
    );
    await pool.query(
      `INSERT INTO probe_results (tick, probe, component, at, outcome, target) VALUES ($1, $2, $3, $4, $5, 'http://127.0.0.1:9')`,
      [ticks, `${component}.live`, component, now(), outcome === 'degraded' ? 'ok' : outcome],
    );
  }

  return {
    services,
    now,
    minute: () => (clock - START.getTime()) / 60_000,
    advance: (ms) => void (clock += ms),
    async check(...checked) {
      ticks += 1;
      for (const one of checked) await record(one);
      await inTransaction(pool, (client) => evaluateAlerts(client, { config: services.config, now: now() }));
    },
    async attempts({ ok = 0, failed = 0 }) {
      for (const [label, n] of [
        ['ok', ok],
        ['http_5xx', failed],
      ] as const)
        if (n > 0)
          await pool.query(
            `INSERT INTO fact_rollups (resolution, bucket, metric, label, n)
             VALUES ('minute', date_bin('1 minute', $1::timestamptz, 'epoch'), 'attempt', $2, $3),
               ('second', date_bin('1 second', $1::timestamptz, 'epoch'), 'breaker', $4, $3)
             ON CONFLICT (resolution, metric, bucket, label) DO UPDATE SET n = fact_rollups.n + excluded.n`,
            [now(), label, n, label === 'ok' ? 'ok' : 'failed'],
          );
    },
    async breaker(state) {
      await pool.query(
        `UPDATE breakers SET state = $1, since = $2,
           opened_at = CASE WHEN $1 = 'open' THEN $2 ELSE opened_at END,
           closed_at = CASE WHEN $1 = 'closed' THEN $2 ELSE closed_at END WHERE name = 'agent'`,
        [state, now()],
      );
    },
    async tick() {
      await tickAlerts(services, now());
    },
    async alert(rule) {
      const [row] = await query<{ state: string; words: string; okStreak: number; value: number | null }>(
        'SELECT state, words, ok_streak AS "okStreak", value FROM alerts WHERE rule = $1',
        [rule],
      );
      if (!row) throw new Error(`no alert ${rule}`);
      return row;
    },
    query,
    close: () => services.close(),
  };
}
