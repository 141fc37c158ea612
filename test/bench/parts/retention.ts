import pg from 'pg';
import { countLedger } from '../../../app/features/facts/ledger.server.ts';
import { removeFacts } from '../../../app/features/facts/remove-facts.server.ts';
import { removeFinished } from '../../../app/features/delivery/remove-old-events.server.ts';
import { startApp } from '../app-process.ts';
import { withCleanup } from '../cleanup.ts';
import { startBenchServer, type BenchServer } from '../database.ts';
import type { Finding, PartResult } from '../findings.ts';
import { startHelper } from '../helper-process.ts';
import { quantile } from '../measures.ts';
import type { LoadResult } from '../processes/webhook-load.ts';
import { seedHistory } from '../seed.ts';
import { until } from '../../support/until.ts';

const SECRET = 'bench-secret';
const CONNECTIONS = 8;
/** Webhooks a second meanwhile: more than a busy support has. */
const RATE = 100;
const DAY_MS = 86_400_000;
/** Rounds of webhooks, by turns with nothing removed and while rows are. */
const ROUNDS = 4;
/** What is left after the rounds goes in so long, ms, or the removal does not end. */
const FOR_MS = 1_800_000;

/** One attempt each. */
const ATTEMPTS = `
  INSERT INTO attempts (seq, number, run, kind, started_at, duration_ms, outcome, status, worker)
  SELECT seq, 1, 1, 'normal', received_at, 40, 'ok', 200, 'bench' FROM deliveries`;

/**
 * Removes everything that is 400 days old while webhooks come in and go out. Rows are a quarter each events, deliveries, attempts and
 * facts: 10 million (BENCH_RETENTION_ROWS says otherwise), or 200 thousand when quick.
 */
export function benchRetention({ quick }: { quick: boolean }): Promise<PartResult> {
  const events = quick ? 50_000 : Number(process.env.BENCH_RETENTION_ROWS ?? 10_000_000) / 4;
  const seconds = quick ? 5 : 30;
  const part = 'retention';
  return withCleanup(async (later) => {
    const server = await startBenchServer();
    later(server.stop);
    await seed(server, events);
    const stub = await startHelper('agent-stub');
    later(stub.stop);
    const load = await startHelper('webhook-load');
    later(load.stop);
    const app = await startApp(server, {
      role: 'all',
      agentUrl: await stub.call<string>('url'),
      env: { CHATWOOT_WEBHOOK_SECRET: SECRET, EVENT_RETENTION_DAYS: '0', FACT_RETENTION_DAYS: '0' },
    });
    later(app.stop);
    const port = Number(new URL(app.url).port);
    const measure = async (): Promise<Round> => {
      const { rows } = await server.pool.query<{ last: number }>('SELECT max(seq) AS last FROM deliveries');
      const count = RATE * seconds;
      await load.call('prepare', { count, secret: SECRET, conversations: count });
      const taken = await load.call<LoadResult>('run', { port, connections: CONNECTIONS, rate: RATE });
      const delivered = await until('all of them are delivered', async () => {
        const found = await deliveryTimes(server, rows[0]!.last);
        return found.length === taken.accepted ? found : null;
      });
      return { answered: [...taken.latencies], delivered };
    };
    await measure();
    const findings: Finding[] = [];
    const now = new Date();
    for (const [what, remove] of [
      ['events', (forMs: number) => removeFinished(server.pool, { retentionDays: 90, now, forMs })],
      ['facts', (forMs: number) => removeFacts(server.pool, { retentionDays: 399, now, forMs })],
    ] as const) {
      const [without, meanwhile]: Round[][] = [[], []];
      let [removed, ms] = [0, 0];
      const removing = async (forMs: number) => {
        const startedAt = performance.now();
        removed += await remove(forMs);
        ms += performance.now() - startedAt;
      };
      for (let round = 0; round < ROUNDS; round += 1) {
        without!.push(await measure());
        const [measured] = await Promise.all([measure(), removing(seconds * 1000)]);
        meanwhile!.push(measured);
      }
      findings.push(
        ...figures(without!, `before ${what} are removed`),
        ...figures(meanwhile!, `while ${what} are removed`),
      );
      await removing(FOR_MS);
      findings.push(
        { part, what: `${what} removed`, value: removed, unit: '', bound: { atLeast: events } },
        { part, what: `removing ${what}`, value: ms / 1000, unit: 's' },
        { part, what: `removing ${what}`, value: (removed / ms) * 1000, unit: '/s' },
      );
      process.stderr.write(`  ${what} removed\n`);
    }
    const { unmatched, balanced } = await countLedger(server.pool);
    findings.push({
      part,
      what: 'ledger balances',
      value: balanced && unmatched === 0 ? 1 : 0,
      unit: '',
      bound: { atLeast: 1 },
    });
    return { findings, raw: { events, seconds, rate: RATE } };
  });
}

/** Of the webhooks of a round: ms until the answer, and from receipt to delivery. */
interface Round {
  answered: number[];
  delivered: number[];
}

function figures(rounds: readonly Round[], when: string): Finding[] {
  const answered = rounds.flatMap((round) => round.answered);
  const delivered = rounds.flatMap((round) => round.delivered);
  return [
    { part: 'retention', what: `p50 of a webhook, ${when}`, value: quantile(answered, 0.5), unit: 'ms' },
    { part: 'retention', what: `p99 of a webhook, ${when}`, value: quantile(answered, 0.99), unit: 'ms' },
    {
      part: 'retention',
      what: `p99 from receipt to delivery, ${when}`,
      value: quantile(delivered, 0.99),
      unit: 'ms',
    },
  ];
}

/** Over connections without the app's deadlines: a statement of it takes minutes. */
async function seed(server: BenchServer, events: number): Promise<void> {
  const pool = new pg.Pool({
    connectionString: server.url,
    max: 1,
    options: '-c statement_timeout=0 -c idle_in_transaction_session_timeout=0',
  });
  const end = new Date(Date.now() - 400 * DAY_MS);
  await seedHistory(pool, {
    deliveries: events,
    facts: events,
    pending: 0,
    dead: 0,
    days: 1,
    until: end,
  });
  await pool.query(ATTEMPTS);
  await pool.query("SELECT setval(pg_get_serial_sequence('webhook_events', 'seq'), $1)", [events]);
  // They were projected when they came.
  await pool.query('UPDATE backlog_projection SET through_seq = $1', [events]);
  await pool.query('VACUUM ANALYZE attempts');
  await pool.end();
  process.stderr.write('  seeded\n');
}

/** ms from receipt to delivery of what came after `last` and is delivered. */
async function deliveryTimes({ pool }: BenchServer, last: number): Promise<number[]> {
  const { rows } = await pool.query<{ ms: number }>(
    `SELECT extract(epoch FROM finished_at - received_at)::float8 * 1000 AS ms FROM deliveries
     WHERE seq > $1 AND state = 'delivered'`,
    [last],
  );
  return rows.map(({ ms }) => ms);
}
