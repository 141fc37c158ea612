import { afterEach, expect, test } from 'vitest';
import { decideCanary } from '../../app/features/gates/decide-canary.server.ts';
import { readRestoreGate } from '../../app/features/gates/restore-gate.view.server.ts';
import { startCanary } from '../../app/features/gates/start-canary.server.ts';
import { tickCanary } from '../../app/features/gates/tick-canary.server.ts';
import { pauseDeliveries } from '../../app/features/delivery/pause-deliveries.server.ts';
import { inTransaction } from '../../app/lib/transaction.server.ts';
import { until } from '../support/until.ts';
import { ADA, createCanaryWorld, type CanaryWorld, type CanaryWorldOptions } from './canary-world.ts';

let world: CanaryWorld;
afterEach(() => world.close());

const open = async (options?: CanaryWorldOptions) => (world = await createCanaryWorld(options));

async function start(): Promise<number> {
  const started = await startCanary(world.services, { actor: ADA, now: new Date() });
  if (started.outcome !== 'started') throw new Error(started.outcome);
  return started.id;
}

const run = (id: number) => world.services.db.prisma.canaryRun.findUniqueOrThrow({ where: { id } });
const steps = async (id: number) =>
  (
    await world.services.db.prisma.canaryStep.findMany({
      where: { runId: id },
      orderBy: { finishedAt: 'asc' },
    })
  ).map(({ step, ok }) => (ok ? step : `${step} failed`));
const reaches = (id: number, step: string) =>
  until(`the canary is at ${step}`, async () => (await run(id)).step === step);
const ends = (id: number) => until('the canary is done', async () => (await run(id)).state === 'done');

/** Looks at the canary as a worker does, at a time of the test's own. */
async function tickUntil(
  id: number,
  clock: () => Date,
  isThere: (now: { step: string; state: string }) => boolean,
) {
  await until('the canary is there', async () => {
    await world.services.db.pool.query('UPDATE canary_runs SET due_at = $2 WHERE id = $1', [id, clock()]);
    await tickCanary(world.services, clock);
    return isThere(await run(id));
  });
}

test('a customer writes, the draft is approved by a person, the reply goes out, and the conversation is closed', async () => {
  await open();
  await world.work();
  const id = await start();
  await reaches(id, 'approval');
  expect((await readRestoreGate(world.services, new Date())).items[2]).toMatchObject({
    key: 'webhook',
    done: true,
  });
  const [conversation] = [...world.chatwoot.store.conversations.values()];
  expect(conversation).toMatchObject({ customAttributes: { outage_center_canary: String(id) } });
  expect(
    await decideCanary(world.services, { id, decision: 'approve', actor: ADA, now: new Date() }),
  ).toEqual({
    outcome: 'approved',
  });
  await ends(id);
  expect(await run(id)).toMatchObject({ outcome: 'passed', problem: null, approvedBy: 'Ada' });
  expect(await steps(id)).toEqual([
    ...[
      'inbox',
      'conversation',
      'message',
      'webhook',
      'agent',
      'draft',
      'approval',
      'publish',
      'reply',
      'close',
    ],
  ]);
  expect(conversation!.status).toBe('resolved');
  expect(conversation!.labels).toEqual(['outage-center-canary']);
  const [incoming, draft, reply] = conversation!.messages.filter(({ type }) => type !== 'activity');
  expect(incoming).toMatchObject({ type: 'incoming', private: false });
  expect(draft).toMatchObject({ type: 'outgoing', private: true });
  expect(reply).toMatchObject({ type: 'outgoing', private: false, content: draft!.content });
  const gate = await readRestoreGate(world.services, new Date());
  expect(gate.items[4]).toMatchObject({ key: 'conversation', done: true, by: 'Ada' });
  const audit = await world.services.db.prisma.auditEntry.findMany({ orderBy: { id: 'asc' } });
  expect(audit.map(({ action }) => action)).toEqual(['gates.canary_start', 'gates.canary_approve']);

  // The inbox is made once; every canary has a conversation of its own.
  const second = await start();
  await reaches(second, 'approval');
  expect(world.chatwoot.store.inboxes.filter(({ name }) => name === 'Outage Center canary')).toHaveLength(1);
  expect(world.chatwoot.store.conversations.size).toBe(2);
  await decideCanary(world.services, { id: second, decision: 'reject', actor: ADA, now: new Date() });
  await ends(second);
  expect(await run(second)).toMatchObject({ outcome: 'failed', problem: 'Ada rejected the draft.' });
});

test('while delivery is paused only the canary goes out, also as the probe of an open breaker', async () => {
  await open();
  const { pool } = world.services.db;
  await inTransaction(pool, (client) =>
    pauseDeliveries(client, { by: 'Ada', reason: 'drill', now: new Date() }),
  );
  await pool.query(
    `UPDATE breakers SET state = 'open', opened_at = now(), next_probe_at = now(), cooldown_ms = 60 WHERE name = 'agent'`,
  );
  const customer = world.chatwoot.store.startConversation();
  world.chatwoot.store.addMessage(customer, {
    type: 'incoming',
    content: 'Where is my order?',
    private: false,
    sender: customer.contact,
  });
  await until('the customer is stored', async () => (await pool.query('SELECT 1 FROM deliveries')).rowCount);
  await world.work();
  const id = await start();
  await reaches(id, 'approval');
  const out = await pool.query<{ key: string }>(
    `SELECT DISTINCT conversation_key AS key FROM deliveries WHERE attempts_total > 0`,
  );
  expect(out.rows).toEqual([{ key: (await run(id)).conversationKey }]);
  expect((await pool.query(`SELECT state FROM breakers`)).rows).toEqual([{ state: 'closed' }]);
});

test('one at a time, and a person can end it', async () => {
  await open();
  const id = await start();
  expect(await startCanary(world.services, { actor: ADA, now: new Date() })).toEqual({
    outcome: 'already_running',
    id,
  });
  expect(
    await decideCanary(world.services, { id, decision: 'approve', actor: ADA, now: new Date() }),
  ).toEqual({
    outcome: 'not_waiting',
  });
  await decideCanary(world.services, { id, decision: 'cancel', actor: ADA, now: new Date() });
  expect(await run(id)).toMatchObject({
    state: 'closing',
    outcome: 'cancelled',
    problem: 'Ada cancelled it.',
  });
  expect((await startCanary(world.services, { actor: ADA, now: new Date() })).outcome).toBe('started');
});

test.each([
  [
    'Chatwoot is down',
    async () => world.chatwoot.setMode('down'),
    'inbox',
    31_000,
    /^Chatwoot did not give the test inbox\. Chatwoot cannot be reached/,
  ],
  [
    'its webhook does not reach us',
    () => world.chatwoot.webhooks.lose(() => true),
    'webhook',
    61_000,
    /webhook did not arrive here/,
  ],
  [
    'the Agent service answers 503',
    () => world.agent.setMode('status', { status: 503 }),
    'agent',
    61_000,
    /the Agent service did not take it in time/,
  ],
  ['no draft comes', () => undefined, 'draft', 121_000, /wrote no draft/],
])('fails in words when %s', async (_name, breakIt, step, afterMs, words) => {
  await open({ drafts: false });
  await Promise.resolve(breakIt());
  if (step === 'agent' || step === 'draft') await world.work();
  const id = await start();
  let ahead = 0;
  const clock = () => new Date(Date.now() + ahead);
  if (step !== 'inbox') await tickUntil(id, clock, (now) => now.step === step);
  // The sandbox's clock stands still meanwhile: only the canary's moves.
  ahead = afterMs;
  await tickUntil(id, clock, (now) => now.state !== 'running');
  expect((await run(id)).problem).toMatch(words);
  expect((await steps(id)).at(-1)).toMatch(new RegExp(`${step} failed|close`));
});

test('a webhook that only reconciliation found is not one that arrived', async () => {
  await open();
  world.chatwoot.webhooks.lose(() => true);
  const id = await start();
  await tickUntil(
    id,
    () => new Date(),
    (now) => now.step === 'webhook',
  );
  const { conversationKey } = await run(id);
  await world.services.db.pool.query(
    `WITH event AS (
       INSERT INTO webhook_events (event_id, dedupe_key, source, event, conversation_key, headers, body, via, received_at)
       VALUES (gen_random_uuid(), 'x', 'reconciled', 'message_created', $1, '{}', '{}', 'direct', now()) RETURNING seq, event_id)
     INSERT INTO deliveries (seq, event_id, conversation_key, event, signal, due_at, received_at, run_started_at)
     SELECT seq, event_id, $1, 'message_created', 'customer_message', now(), now(), now() FROM event`,
    [conversationKey],
  );
  await tickUntil(
    id,
    () => new Date(),
    () => true,
  );
  expect(await run(id)).toMatchObject({ step: 'webhook' });
  expect((await run(id)).stepProblem).toMatch(/the webhook itself did not arrive/);
});

test('a wrong token and a wrong inbox are said at once', async () => {
  await open({ env: { CANARY_INBOX_ID: '5' } });
  const id = await start();
  await tickUntil(
    id,
    () => new Date(),
    (now) => now.state === 'closing',
  );
  expect((await run(id)).problem).toBe(
    'Inbox 5 of Chatwoot is not an API inbox: put the number of one into CANARY_INBOX_ID.',
  );
});

test('nobody approves: it fails after half an hour, and the conversation is resolved when Chatwoot is back', async () => {
  await open();
  const worker = await world.work();
  const id = await start();
  await reaches(id, 'approval');
  await worker.stop();
  await world.chatwoot.setMode('down');
  let ahead = 30 * 60_000 + 1000;
  const clock = () => new Date(Date.now() + ahead);
  await tickUntil(id, clock, (now) => now.state === 'closing');
  expect((await run(id)).problem).toMatch(/Nobody approved the draft in time/);
  await tickUntil(id, clock, () => true);
  expect((await run(id)).stepProblem).toMatch(/still open in Chatwoot/);
  await world.chatwoot.setMode('ok');
  ahead += 60_000;
  await tickUntil(id, clock, (now) => now.state === 'done');
  expect([...world.chatwoot.store.conversations.values()].map(({ status }) => status)).toEqual(['resolved']);
});

test('a step that was done and not written down is found, not done again', async () => {
  await open();
  const worker = await world.work();
  const id = await start();
  await reaches(id, 'approval');
  await worker.stop();
  const { pool } = world.services.db;
  // As a process leaves it that was killed between the calls and their records: everything is in Chatwoot already.
  await pool.query(`DELETE FROM canary_steps WHERE run_id = $1 AND step <> 'inbox'`, [id]);
  await pool.query(
    `UPDATE canary_runs SET step = 'conversation', conversation_id = NULL, conversation_key = NULL, message_id = NULL,
       draft_id = NULL, owner = gen_random_uuid(), due_at = now() WHERE id = $1`,
    [id],
  );
  await world.work();
  await reaches(id, 'approval');
  await decideCanary(world.services, { id, decision: 'approve', actor: ADA, now: new Date() });
  await until('the reply is written', async () => (await run(id)).outcome === 'passed');
  const conversations = [...world.chatwoot.store.conversations.values()];
  expect(conversations).toHaveLength(1);
  const texts = conversations[0]!.messages.filter(({ type }) => type !== 'activity');
  expect(texts.map(({ type, private: note }) => [type, note])).toEqual([
    ['incoming', false],
    ['outgoing', true],
    ['outgoing', false],
  ]);
});

test('two workers walk it once', async () => {
  await open();
  await Promise.all([world.work(), world.work()]);
  const id = await start();
  await reaches(id, 'approval');
  await decideCanary(world.services, { id, decision: 'approve', actor: ADA, now: new Date() });
  await ends(id);
  expect(world.chatwoot.store.conversations.size).toBe(1);
  const [conversation] = [...world.chatwoot.store.conversations.values()];
  expect(conversation!.messages.filter(({ type }) => type !== 'activity')).toHaveLength(3);
});
