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
/** A removal that does not end is ended, ms. */
const FOR_MS = 600_000;

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
    const measure = async (name: string): Promise<Finding[]> => {
      const { rows } = await server.pool.query<{ last: number }>('SELECT max(seq) AS last FROM deliveries');
      const count = RATE * seconds;
      await load.call('prepare', { count, secret: SECRET, conversations: count });
      const taken = await load.call<LoadResult>('run', { port, connections: CONNECTIONS, rate: RATE });
      const times = await until('all of them are delivered', async () => {
        const found = await deliveryTimes(server, rows[0]!.last);
        return found.length === taken.accepted ? found : null;
      });
      return [
        { part, what: `p50 of a webhook, ${name}`, value: quantile(taken.latencies, 0.5), unit: 'ms' },
        { part, what: `p99 of a webhook, ${name}`, value: quantile(taken.latencies, 0.99), unit: 'ms' },
        { part, what: `p99 from receipt to delivery, ${name}`, value: quantile(times, 0.99), unit: 'ms' },
      ];
    };
    await measure('to warm up');
    const findings = await measure('before');
    const now = new Date();
    for (const [what, remove] of [
      ['events', () => removeFinished(server.pool, { retentionDays: 90, now, forMs: FOR_MS })],
      ['facts', () => removeFacts(server.pool, { retentionDays: 399, now, forMs: FOR_MS })],
    ] as const) {
      const startedAt = performance.now();
      const removing = remove().then((removed) => ({ removed, ms: performance.now() - startedAt }));
      findings.push(...(await measure(`while ${what} are removed`)));
      const { removed, ms } = await removing;
      findings.push(
        { part, what: `${what} removed`, value: removed, unit: '', bound: { atLeast: events } },
        { part, what: `removing ${what}`, value: ms / 1000, unit: 's' },
        { part, what: `removing ${what}`, value: (removed / ms) * 1000, unit: '/s' },
      );
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

async function seed(server: BenchServer, events: number): Promise<void> {
  const end = new Date(Date.now() - 400 * DAY_MS);
  await seedHistory(server.pool, {
    deliveries: events,
    facts: events,
    pending: 0,
    dead: 0,
    days: 1,
    until: end,
  });
  await server.pool.query(ATTEMPTS);
  await server.pool.query("SELECT setval(pg_get_serial_sequence('webhook_events', 'seq'), $1)", [events]);
  // They were projected when they came.
  await server.pool.query('UPDATE backlog_projection SET through_seq = $1', [events]);
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
