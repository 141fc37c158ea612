import { afterEach, expect, test } from 'vitest';
import { decideCanary, startCanary } from '../../app/features/canary/change-canary.server.ts';
import { readRestoreGate } from '../../app/features/recovery/restore/read-restore-gate.server.ts';
import { pauseDeliveries } from '../../app/features/delivery/delivery-gate.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { until } from '../support/until.ts';
import { ADA, createCanaryWorld, type CanaryWorld, type CanaryWorldOptions } from './canary-world.ts';
import { readRun, readSteps, startRun, untilDone, untilStep } from './follow-canary.ts';

let world: CanaryWorld;
afterEach(() => world.close());

const open = async (options?: CanaryWorldOptions) => (world = await createCanaryWorld(options));

const start = () => startRun(world);
const run = (id: number) => readRun(world, id);
const reaches = (id: number, step: string) => untilStep(world, id, step);
const ends = (id: number) => untilDone(world, id);

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
  expect(await readSteps(world, id)).toEqual([
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

test('two clicks at once: one canary, one decision', async () => {
  await open();
  const now = new Date();
  const starts = await Promise.all(
    Array.from({ length: 5 }, () => startCanary(world.services, { actor: ADA, now })),
  );
  expect(starts.map(({ outcome }) => outcome).sort()).toEqual([
    ...Array<string>(4).fill('already_running'),
    'started',
  ]);
  const { id } = starts[0] as { id: number };
  await world.work();
  await reaches(id, 'approval');
  const decide = (decision: 'approve' | 'reject') =>
    decideCanary(world.services, { id, decision, actor: ADA, now });
  const decided = await Promise.all([
    decide('approve'),
    decide('reject'),
    decide('approve'),
    decide('reject'),
  ]);
  expect(decided.filter(({ outcome }) => outcome !== 'not_waiting')).toHaveLength(1);
  await ends(id);
  const actions = await world.services.db.prisma.auditEntry.findMany({
    where: { action: { startsWith: 'gates.' } },
  });
  expect(actions).toHaveLength(2);
});

test('it is no customer: nobody waits, and no wait of it is counted, while it waits for its approval', async () => {
  await open();
  await world.work();
  const id = await start();
  await reaches(id, 'approval');
  const { pool } = world.services.db;
  const key = (await run(id)).conversationKey;
  await until('the webhook of its message is projected', async () => {
    const { rows } = await pool.query<{ n: number }>(
      'SELECT count(*) AS n FROM inbox_messages WHERE message_id = $1',
      [(await run(id)).messageId],
    );
    return rows[0]!.n === 1;
  });
  expect((await pool.query('SELECT status FROM conversations WHERE key = $1', [key])).rows).toEqual([
    { status: 'open' },
  ]);
  expect((await pool.query('SELECT 1 FROM conversations WHERE waiting_since IS NOT NULL')).rows).toEqual([]);
  expect((await pool.query('SELECT 1 FROM waits')).rows).toEqual([]);
  // Its messages are known to have arrived all the same: reconciliation does not fetch them.
});
