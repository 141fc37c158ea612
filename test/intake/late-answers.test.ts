import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readIncident } from '../../app/features/incidents/read-incident.server.ts';
import { readOverview } from '../../app/features/overview/read-overview.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { post, startIntakeServer, type IntakeServer } from './intake-server.ts';
import { messageCreated } from './samples.ts';

/** Longer than anything but a lock makes the database take. */
const SENDER_TIMEOUT_MS = 4000;

let services: TestServices;
let server: IntakeServer;

beforeAll(async () => {
  services = await createTestServices({
    CHATWOOT_SENDER_TIMEOUT: `${SENDER_TIMEOUT_MS}ms`,
    DATABASE_TIMEOUT_MS: '60000',
  });
  server = await startIntakeServer(services);
});
afterAll(async () => {
  await server?.stop();
  await services?.close();
});

const query = async <T extends object>(sql: string) => (await services.db.pool.query<T>(sql)).rows;

/** Calls `during` while the database makes every webhook wait. */
async function whileLocked(during: (held: () => Promise<void>) => Promise<void>): Promise<void> {
  const client = await services.db.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE');
    await during(async () => {
      await until('a webhook waits for the lock', async () => {
        const waiting = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'deliveries'::regclass";
        return (await query(waiting)).length > 0;
      });
    });
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

const lateMinutes = () =>
  query<{ label: string; n: number }>(
    "SELECT label, sum(n)::int AS n FROM fact_rollups WHERE metric = 'late_answer' AND resolution = 'minute' GROUP BY label ORDER BY label",
  );

const page = () =>
  readOverview(services, server.intake.status(), { range: '1h', now: services.db.clock.now() });

const lateWarning = async () =>
  (await page()).warnings.find(({ id }) => id === 'late_answers')?.sentence ?? null;

/** Sends a webhook and hangs up when `left` says so; resolves when the connection is closed. */
function hangUp(body: string, left: () => Promise<void>, how: 'reset' | 'end'): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write(
        `POST /api/webhooks/chatwoot HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
      left().then(() => (how === 'reset' ? socket.resetAndDestroy() : socket.end()), reject);
    });
    socket.resume().on('close', () => resolve());
  });
}

test('an answer in time is not counted', async () => {
  expect((await post(server.url, messageCreated(1))).status).toBe(200);
  expect(server.intake.status().late).toBe(0);
  expect(await lateWarning()).toBeNull();
});

test.each(['reset', 'end'] as const)(
  'a sender that hangs up (%s) while the database is slow: kept, and counted as too late',
  async (how) => {
    const before = server.intake.status().late;
    const stored = (await query('SELECT FROM webhook_events')).length;
    const id = how === 'reset' ? 2 : 3;
    await whileLocked((held) => hangUp(JSON.stringify(messageCreated(id)), held, how));
    await until('it is counted', () => server.intake.status().late === before + 1);
    expect(await query('SELECT FROM webhook_events')).toHaveLength(stored + 1);
    await until('it is written by minute', async () => {
      const [minute] = await lateMinutes();
      return minute?.label === 'hung_up' && minute.n === before + 1;
    });
  },
);

test('an answer after the time that Chatwoot waits: 200, kept, and counted as too late', async () => {
  let answer: Promise<{ status: number }> | undefined;
  await whileLocked(async (held) => {
    answer = post(server.url, messageCreated(4));
    await held();
    await new Promise((resolve) => setTimeout(resolve, SENDER_TIMEOUT_MS + 100));
  });
  expect((await answer!).status).toBe(200);
  await until('it is written by minute', async () => (await lateMinutes()).length === 2);
  expect(await lateMinutes()).toEqual([
    { label: 'hung_up', n: 2 },
    { label: 'slow', n: 1 },
  ]);
  const metrics = await services.metrics.registry.metrics();
  expect(metrics).toContain('webhooks_answered_late_total{how="hung_up"} 2');
  expect(metrics).toContain('webhooks_answered_late_total{how="slow"} 1');
});

test('the page says how many, that Chatwoot saw a failure, and that they were kept', async () => {
  const minutes = await query<{ at: string; n: number }>(
    `SELECT to_char(bucket AT TIME ZONE 'UTC', 'HH24:MI') AS at, sum(n)::int AS n FROM fact_rollups
     WHERE metric = 'late_answer' AND resolution = 'minute' GROUP BY bucket ORDER BY bucket`,
  );
  const at = `${minutes.map((minute) => `${minute.at} (${minute.n})`).join(', ')} UTC`;
  expect(await lateWarning()).toBe(
    `3 webhooks were answered too late for Chatwoot in the last 10 min, at ${at}: it saw a failure, they were kept.`,
  );
  const tile = (await page()).tiles.find(({ id }) => id === 'intake');
  expect(tile).toMatchObject({ tone: 'warning', word: 'Answers late' });
  expect(tile!.details).toContain(`3 kept, but answered too late: ${at}`);
});

test('webhooks that are refused are no late answers', async () => {
  const before = server.intake.status().late;
  expect((await post(server.url, '{"event":')).status).toBe(400);
  expect(server.intake.status().late).toBe(before);
});

test('the incident page says when, one line for each run of minutes; after 8 days to ten minutes', async () => {
  const start = new Date('2026-11-20T14:00:30Z');
  const put = (resolution: string, at: string, n: number) =>
    query(
      `INSERT INTO fact_rollups (resolution, bucket, metric, label, n) VALUES ('${resolution}', '2026-11-20T${at}Z', 'late_answer', 'slow', ${n})`,
    );
  await query(
    `INSERT INTO incidents (id, cause, title, severity, started_at, opened_at, opened_by, resolved_at, resolved_by)
     VALUES (7, 'intake', 'Slow', 'P2', '${start.toISOString()}', now(), 'alert', '2026-11-20T15:00:00Z', 'Ines')`,
  );
  for (const [at, n] of [
    ['13:59:00', 9],
    ['14:02:00', 3],
    ['14:03:00', 20],
    ['14:30:00', 1],
    ['15:01:00', 9],
  ] as const)
    await put('minute', at, n);
  for (const [at, n] of [
    ['13:50:00', 9],
    ['14:00:00', 23],
    ['14:30:00', 1],
  ] as const)
    await put('ten_minutes', at, n);
  const lines = async () =>
    (await readIncident(services, 7, new Date('2026-11-29T10:00:00Z')))!.timeline
      .map(({ text }) => text)
      .filter((text) => text.includes('too late'));
  expect(await lines()).toEqual([
    '23 webhooks were answered too late for Chatwoot between 14:02 UTC and 14:04 UTC: it saw a failure, they were kept.',
    '1 webhook was answered too late for Chatwoot between 14:30 UTC and 14:31 UTC: it saw a failure, it was kept.',
  ]);
  await query("DELETE FROM fact_rollups WHERE resolution = 'minute'");
  expect((await lines())[0]).toBe(
    '23 webhooks were answered too late for Chatwoot between 14:00 UTC and 14:10 UTC: it saw a failure, they were kept.',
  );
});
