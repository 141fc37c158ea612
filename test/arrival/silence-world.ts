import { tickAlerts } from '../../app/features/alerts/evaluate-alerts.server.ts';
import { findCause } from '../../app/features/arrival/cause/find-cause.server.ts';
import { tickLook } from '../../app/features/arrival/look/tick-look.server.ts';
import { tickRegistration } from '../../app/features/arrival/connect/check-registration.server.ts';
import { projectWebhooks } from '../../app/features/waiting/project-webhooks.server.ts';
import { openChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { createComparisonWorld, type ComparisonWorld } from './comparison-world.ts';

/** A Chatwoot that posts to the real intake, and a clock that runs ahead of the real one by what the story says. */
export interface SilenceWorld extends ComparisonWorld {
  /** Moves the clock on, ms. */
  advance(ms: number): void;
  now(): Date;
  /** Everything that a worker does in a second: registration, look, comparison, rules. */
  second(): Promise<void>;
  /** So many seconds of it, one after the other. */
  seconds(n: number): Promise<void>;
  read(): Promise<Watch>;
  alert(rule: string): Promise<{ state: string; words: string } | undefined>;
  /** The webhooks so far are sent, taken and read, and the last of them counts as received by the story's clock. */
  arrived(): Promise<void>;
  /** Chatwoot's workers stand still while this happens: it takes messages and sends nothing. */
  silently(work: () => void): Promise<void>;
}

interface Watch {
  looked_at: Date | null;
  newest_at: Date | null;
  silent_since: Date | null;
  confirmed_at: Date | null;
  problem: string | null;
  cause: { kind: string; sentence: string; cure: string } | null;
  registration: { ok: boolean; fault: string | null; evidence: string } | null;
}

export async function createSilenceWorld(env: Record<string, string> = {}): Promise<SilenceWorld> {
  const world = await createComparisonWorld({ RECONCILE_SETTLE: '30s', ...env });
  const { services } = world;
  const { pool } = services.db;
  let ahead = 0;
  const now = () => new Date(Date.now() + ahead);
  // Connected for an hour, and a process of ours has been listening since.
  await pool.query("UPDATE arrival_watch SET expect_since = now() - interval '1 hour'");
  await pool.query(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen) VALUES ($1, 'all', 'here', 1, now() - interval '1 hour', now() + interval '1 day')`,
    [services.processId],
  );
  const client = openChatwootClient(services)!;
  async function second() {
    ahead += 1000;
    await projectWebhooks(services, now());
    await tickRegistration(services, client, now());
    await tickLook(services, {
      now,
      findCause: (chatwoot, since, untold) => findCause(services, chatwoot, { since, untold, now: now() }),
    });
    await world.reconcile(now);
    await tickAlerts(services, now());
  }
  return {
    ...world,
    now,
    advance: (ms) => void (ahead += ms),
    second,
    async seconds(n) {
      for (let i = 0; i < n; i += 1) await second();
    },
    async read() {
      const { rows } = await pool.query<Watch>('SELECT * FROM arrival_watch');
      return rows[0]!;
    },
    async alert(rule) {
      const { rows } = await pool.query<{ state: string; words: string }>(
        'SELECT state, words FROM alerts WHERE rule = $1',
        [rule],
      );
      return rows[0];
    },
    async arrived() {
      await world.settled();
      await pool.query(
        `UPDATE fact_rollups SET bucket = date_bin('1 second', $1::timestamptz, 'epoch')
         WHERE ctid = (SELECT ctid FROM fact_rollups WHERE resolution = 'second' AND metric = 'arrival' ORDER BY bucket DESC LIMIT 1)`,
        [now()],
      );
    },
    silently: (work) => world.losing(work),
  };
}
