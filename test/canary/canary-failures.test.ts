import { afterEach, expect, test } from 'vitest';
import { decideCanary } from '../../app/features/canary/change-canary.server.ts';
import { ADA, createCanaryWorld, type CanaryWorld, type CanaryWorldOptions } from './canary-world.ts';
import { readRun, readSteps, startRun, tickUntil, untilStep } from './follow-canary.ts';

let world: CanaryWorld;
afterEach(() => world.close());

const open = async (options?: CanaryWorldOptions) => (world = await createCanaryWorld(options));
const start = () => startRun(world);
const run = (id: number) => readRun(world, id);

/** A clock of the canary's own; everything else goes on as ever. */
function aheadClock() {
  const state = { ahead: 0 };
  return { now: () => new Date(Date.now() + state.ahead), add: (ms: number) => (state.ahead += ms) };
}

const approve = (id: number) =>
  decideCanary(world.services, { id, decision: 'approve', actor: ADA, now: new Date() });

/** At which step what breaks, how long the step may take, and what the canary then says. */
const FAILURES = [
  [
    'inbox',
    'Chatwoot is down',
    () => world.chatwoot.setMode('down'),
    31_000,
    /^Chatwoot did not give the test inbox\. Chatwoot cannot be reached/,
  ],
  [
    'conversation',
    'Chatwoot goes down',
    () => world.chatwoot.setMode('down'),
    31_000,
    /^Chatwoot did not take the test conversation\./,
  ],
  [
    'message',
    'Chatwoot goes down',
    () => world.chatwoot.setMode('down'),
    31_000,
    /^Chatwoot did not take the test message\./,
  ],
  [
    'webhook',
    'it does not reach us',
    () => world.chatwoot.webhooks.lose(() => true),
    61_000,
    /webhook did not arrive here/,
  ],
  [
    'agent',
    'it answers 503',
    () => world.agent.setMode('status', { status: 503 }),
    61_000,
    /the Agent service did not take it in time/,
  ],
  [
    'agent',
    'it refuses for good',
    () => world.agent.setMode('status', { status: 422 }),
    0,
    /did not take event \d+ \(http_4xx, 422\); it is among the dead letters/,
  ],
  ['draft', 'none comes', () => undefined, 121_000, /wrote no draft/],
  [
    'approval',
    'nobody is there',
    () => undefined,
    30 * 60_000 + 1000,
    /^Nobody approved the draft in time\./,
  ],
  [
    'publish',
    'Chatwoot goes down',
    () => world.chatwoot.setMode('down'),
    31_000,
    /^Chatwoot did not take the reply\./,
  ],
  [
    'reply',
    'its webhook is lost',
    () => world.chatwoot.webhooks.lose(() => true),
    61_000,
    /^Chatwoot took the reply, but did not say that it was delivered\. Its webhook has not arrived yet\./,
  ],
] as const;

test.each(FAILURES)('at %s: %s', async (step, _name, breakIt, afterMs, words) => {
  const late = step === 'approval' || step === 'publish' || step === 'reply';
  await open({ drafts: late });
  const clock = aheadClock();
  const id = await start();
  const walkTo = (wanted: string) => tickUntil(world, id, clock.now, (now) => now.step === wanted);
  if (step === 'inbox' || step === 'agent') await breakIt();
  if (step === 'conversation' || step === 'message') await walkTo(step).then(breakIt);
  if (step === 'webhook') await walkTo('message').then(breakIt);
  const worker = step === 'agent' || step === 'draft' || late ? await world.work() : null;
  if (worker) await untilStep(world, id, late ? 'approval' : step);
  if (late) await worker!.stop();
  if (step === 'publish' || step === 'reply') {
    await breakIt();
    await approve(id);
  }
  if (step !== 'inbox') await walkTo(step);
  clock.add(afterMs);
  await tickUntil(world, id, clock.now, (now) => now.state !== 'running');
  expect(await run(id)).toMatchObject({ outcome: 'failed' });
  expect((await run(id)).problem).toMatch(words);
  expect(await readSteps(world, id)).toContain(`${step} failed`);
});

test('Chatwoot says that the reply could not be delivered', async () => {
  await open();
  const worker = await world.work();
  const id = await start();
  await untilStep(world, id, 'approval');
  await worker.stop();
  await approve(id);
  await tickUntil(
    world,
    id,
    () => new Date(),
    ({ step }) => step === 'reply',
  );
  const [conversation] = [...world.chatwoot.store.conversations.values()];
  const reply = conversation!.messages.find(({ type, private: note }) => type === 'outgoing' && !note)!;
  world.chatwoot.store.setMessageStatus(conversation!, reply, 'failed', 'no route');
  await tickUntil(
    world,
    id,
    () => new Date(),
    ({ state }) => state !== 'running',
  );
  expect((await run(id)).problem).toBe(`Chatwoot says that reply ${reply.id} could not be delivered.`);
});

test('a webhook that only reconciliation found is not one that arrived', async () => {
  await open();
  world.chatwoot.webhooks.lose(() => true);
  const id = await start();
  await tickUntil(
    world,
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
    world,
    id,
    () => new Date(),
    () => true,
  );
  expect(await run(id)).toMatchObject({ step: 'webhook' });
  expect((await run(id)).stepProblem).toMatch(/the webhook itself did not arrive/);
});

test('an event of before it, under a number that Chatwoot gave out again, proves nothing', async () => {
  await open();
  world.chatwoot.webhooks.lose(() => true);
  const id = await start();
  await tickUntil(
    world,
    id,
    () => new Date(),
    (now) => now.step === 'webhook',
  );
  await world.services.db.pool.query(
    `WITH event AS (
       INSERT INTO webhook_events (event_id, dedupe_key, event, conversation_key, headers, body, via, received_at)
       VALUES (gen_random_uuid(), 'x', 'message_created', $1, '{}', '{}', 'direct', now() - interval '1 hour') RETURNING seq, event_id, received_at)
     INSERT INTO deliveries (seq, event_id, conversation_key, event, signal, state, due_at, received_at, run_started_at, finished_at)
     SELECT seq, event_id, $1, 'message_created', 'customer_message', 'delivered', received_at, received_at, received_at, received_at FROM event`,
    [(await run(id)).conversationKey],
  );
  for (let looks = 0; looks < 3; looks += 1)
    await tickUntil(
      world,
      id,
      () => new Date(),
      () => true,
    );
  expect(await run(id)).toMatchObject({ step: 'webhook', stepProblem: null });
});

test('a wrong token and a wrong inbox are said at once', async () => {
  await open({ env: { CANARY_INBOX_ID: '5' } });
  const id = await start();
  await tickUntil(
    world,
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
  await untilStep(world, id, 'approval');
  await worker.stop();
  await world.chatwoot.setMode('down');
  let ahead = 30 * 60_000 + 1000;
  const clock = () => new Date(Date.now() + ahead);
  await tickUntil(world, id, clock, (now) => now.state === 'closing');
  expect((await run(id)).problem).toMatch(/Nobody approved the draft in time/);
  await tickUntil(world, id, clock, () => true);
  expect((await run(id)).stepProblem).toMatch(/still open in Chatwoot/);
  await world.chatwoot.setMode('ok');
  ahead += 60_000;
  await tickUntil(world, id, clock, (now) => now.state === 'done');
  expect([...world.chatwoot.store.conversations.values()].map(({ status }) => status)).toEqual(['resolved']);
});
