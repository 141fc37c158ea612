import { Webhook } from 'standardwebhooks';
import { afterEach, expect, test } from 'vitest';
import { exampleMessageBody } from '../support/examples.ts';
import { readBreakerWindow } from '../../app/features/delivery/breaker-row.server.ts';
import { countLedger } from '../../app/features/facts/ledger.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const settled = (n: number) =>
  until(`${n} events are settled`, async () => {
    const { delivered = 0, dead = 0 } = await world.states();
    return delivered + dead === n;
  });

test('posts the received bytes with the headers the Agent service expects', async () => {
  const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
  world = await createWorld({ AGENT_SDK_WEBHOOK_SECRET: secret }, { secret });
  const bodies: Buffer[] = [];
  const headers: Record<string, string>[] = [];
  world.agent.setBehaviour((request) => {
    bodies.push(request.body);
    headers.push(request.headers);
    return { mode: 'status', status: bodies.length === 1 ? 503 : 200 };
  });
  await world.write({ conversation: 1, message: 1, content: 'a <b> & c “ünï”' });
  await world.startWorker();
  await settled(1);
  const expected = exampleMessageBody({ conversationId: 1, messageId: 1, content: 'a <b> & c “ünï”' });
  expect(bodies.map((body) => body.toString('utf8'))).toEqual([expected, expected]);
  expect(headers[0]).toMatchObject({
    'content-type': 'application/json',
    'x-forwarded-from': 'hotdash-app',
    'x-webhook-attempt': '1',
  });
  expect(headers[1]).toMatchObject({
    'x-webhook-attempt': '2',
    'webhook-id': headers[0]?.['webhook-id'],
    'idempotency-key': headers[0]?.['idempotency-key'],
  });
  expect(() => new Webhook(secret).verify(bodies[1]!, headers[1]!)).not.toThrow();
});

test.each([408, 425, 429, 500, 503])('HTTP %i is tried again until it passes', async (status) => {
  world = await createWorld();
  world.agent.setBehaviour((request) =>
    (request.attempt ?? 0) < 3 ? { mode: 'status', status } : undefined,
  );
  await world.write({ conversation: 1, message: 1 });
  await world.startWorker();
  await settled(1);
  expect(await world.states()).toEqual({ delivered: 1 });
  expect(world.agent.records.requests()).toBe(3);
});

test.each(['hang', 'reset'] as const)('a request that ends by %s is tried again', async (mode) => {
  world = await createWorld({ WEBHOOK_TIMEOUT_MS: '400' });
  world.agent.setBehaviour((request) => (request.attempt === 1 ? { mode } : undefined));
  await world.write({ conversation: 1, message: 1 });
  await world.startWorker();
  await settled(1);
  const { rows } = await world.services.db.pool.query('SELECT number, outcome FROM attempts ORDER BY number');
  expect(rows).toEqual([
    { number: 1, outcome: mode === 'hang' ? 'timeout' : 'reset' },
    { number: 2, outcome: 'ok' },
  ]);
});

test.each([301, 400, 404, 422])('HTTP %i goes straight to the dead letters', async (status) => {
  world = await createWorld();
  world.agent.setBehaviour(() => ({ mode: 'status', status }));
  const seq = await world.write({ conversation: 1, message: 1, content: 'hello' });
  await world.startWorker();
  await settled(1);
  expect(world.agent.records.requests()).toBe(1);
  const { rows } = await world.services.db.pool.query(
    `SELECT value, metadata FROM dashboard_facts WHERE fact_type = 'support.webhook.dead_letter'`,
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({
    value: {
      attempts: 1,
      lastError: `The Agent service answered HTTP ${status}`,
      payload: { content: 'hello' },
      agentEndpoint: `${world.agent.url}/webhooks/chatwoot`,
    },
    metadata: { seq, status },
  });
});

test('who refuses a message for good has answered: the breaker counts a failure only where it may pass by itself', async () => {
  world = await createWorld();
  world.agent.setBehaviour(({ messageId }) =>
    messageId === 1 ? { mode: 'ok' } : { mode: 'status', status: messageId === 2 ? 422 : 503 },
  );
  for (const message of [1, 2, 3]) await world.write({ conversation: message, message });
  await world.startWorker();
  const { pool } = world.services.db;
  await until(
    'each was tried',
    async () => (await pool.query('SELECT DISTINCT seq FROM attempts')).rowCount === 3,
  );
  const { rows } = await pool.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM attempts WHERE status = 503',
  );
  const window = await inTransaction(pool, (client) => readBreakerWindow(client, 60, new Date()));
  expect(window.ok).toBe(2);
  expect(window.failed).toBeGreaterThanOrEqual(rows[0]!.n);
});

test('the last attempt of the budget dead-letters, and the conversation goes on', async () => {
  world = await createWorld({ CHATWOOT_WEBHOOK_MAX_ATTEMPTS: '3', BREAKER_ENABLED: 'false' });
  world.agent.setBehaviour((request) =>
    request.messageId === 1 ? { mode: 'status', status: 500 } : undefined,
  );
  await world.write({ conversation: 1, message: 1 });
  await world.write({ conversation: 1, message: 2 });
  await world.startWorker();
  await settled(2);
  expect(await world.states()).toEqual({ delivered: 1, dead: 1 });
  expect(world.agent.records.requests()).toBe(4);
  const { rows } = await world.services.db.pool.query(
    `SELECT value->>'attempts' AS attempts, value->>'success' AS success, value->>'finalStatus' AS status FROM dashboard_facts WHERE fact_type = 'support.webhook.retry' ORDER BY id`,
  );
  expect(rows).toEqual([
    { attempts: '3', success: 'false', status: '500' },
    { attempts: '1', success: 'true', status: '200' },
  ]);
});

test('Retry-After moves the next attempt', async () => {
  world = await createWorld();
  world.agent.setBehaviour(() => ({ mode: 'status', status: 429, retryAfter: 120 }));
  await world.write({ conversation: 1, message: 1 });
  await world.startWorker();
  const row = await until('the attempt is recorded', async () => {
    const { rows } = await world.services.db.pool.query<{ wait: number; retry_after_ms: number }>(
      `SELECT extract(epoch FROM d.due_at - a.started_at)::float8 AS wait, a.retry_after_ms FROM attempts a JOIN deliveries d USING (seq)`,
    );
    return rows[0];
  });
  expect(row.retry_after_ms).toBe(120_000);
  expect(row.wait).toBeGreaterThanOrEqual(120);
  expect(row.wait).toBeLessThan(180);
});

test('during an outage events are held, burn no attempts and go out when the service answers', async () => {
  world = await createWorld();
  await world.agent.setMode('down');
  for (let i = 0; i < 60; i++) await world.write({ conversation: i % 20, message: i });
  await world.startWorker();
  const breaker = async () =>
    (await world.services.db.pool.query<{ state: string }>('SELECT state FROM breakers')).rows[0]?.state;
  await until('the breaker opens', async () => (await breaker()) !== 'closed');
  const probes = async () =>
    (
      await world.services.db.pool.query<{ n: number }>(
        `SELECT count(*) AS n FROM attempts WHERE kind = 'probe'`,
      )
    ).rows[0]!.n;
  await until('it has probed several times', async () => (await probes()) >= 4);
  const held = await countLedger(world.services.db.pool);
  expect(held).toMatchObject({ received: 60, delivered: 0, dead: 0, balanced: true });
  expect(held.held).toBeGreaterThan(50);

  await world.agent.setMode('ok');
  await settled(60);
  expect(await world.states()).toEqual({ delivered: 60 });
  expect(await breaker()).toBe('closed');
  expect(world.agent.records.duplicateCount()).toBe(0);
  for (let c = 0; c < 20; c++) {
    expect(world.agent.records.ofConversation(c).map(({ messageId }) => messageId)).toEqual([
      c,
      c + 20,
      c + 40,
    ]);
  }
});

test('one event that the service cannot digest does not keep the breaker open for the others', async () => {
  world = await createWorld({ BREAKER_FAILURES_IN_ROW: '3' });
  await world.agent.setMode('status', { status: 503 });
  for (let i = 1; i <= 10; i++) await world.write({ conversation: i, message: i });
  await world.startWorker();
  await until(
    'the breaker opens',
    async () =>
      (await world.services.db.pool.query(`SELECT 1 FROM breakers WHERE state <> 'closed'`)).rowCount,
  );
  world.agent.setBehaviour((request) =>
    request.messageId === 1 ? { mode: 'status', status: 500 } : { mode: 'ok' },
  );
  await until('all others are delivered', async () => (await world.states()).delivered === 9);
});

test('two workers share the work and deliver nothing twice', async () => {
  // With room for all of it, one worker would be done before the other looks.
  world = await createWorld({ WEBHOOK_CONCURRENCY: '2' });
  await Promise.all([world.startWorker(), world.startWorker()]);
  for (let i = 0; i < 400; i++) await world.write({ conversation: i % 40, message: i });
  await settled(400);
  expect(world.agent.records.acceptedCount()).toBe(400);
  expect(world.agent.records.duplicateCount()).toBe(0);
  expect(world.agent.records.overlapCount()).toBe(0);
  const { rows } = await world.services.db.pool.query<{ n: number }>(
    'SELECT count(DISTINCT worker) AS n FROM attempts',
  );
  expect(rows[0]?.n).toBe(2);
});

test('a worker that is no longer heard of loses its leases, and what it had out is delivered', async () => {
  world = await createWorld();
  const seq = await world.write({ conversation: 1, message: 1 });
  const gone = '00000000-0000-4000-8000-000000000001';
  await world.services.db.pool.query(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen) VALUES ($1, 'worker', 'elsewhere', 1, now(), now() - interval '9 seconds')`,
    [gone],
  );
  await world.services.db.pool.query(
    'INSERT INTO leases (seq, conversation_key, owner) SELECT seq, conversation_key, $2 FROM deliveries WHERE seq = $1',
    [seq, gone],
  );
  await world.startWorker();
  await settled(1);
  const { rows } = await world.services.db.pool.query('SELECT number, outcome FROM attempts ORDER BY number');
  expect(rows).toEqual([
    { number: 1, outcome: 'interrupted' },
    { number: 2, outcome: 'ok' },
  ]);
});
