import { afterEach, beforeEach, expect, test } from 'vitest';
import { planAssignment } from '../../app/features/waiting/assign/plan-assignment.server.ts';
import { readAssignments } from '../../app/features/waiting/assign/read-assignments.server.ts';
import {
  controlAssignment,
  startAssignment,
} from '../../app/features/waiting/assign/start-assignment.server.ts';
import { tickAssignments } from '../../app/features/waiting/assign/tick-assignments.server.ts';
import type { Conversation } from '../../app/sandbox/chatwoot/records.ts';
import { createComparisonWorld, type ComparisonWorld } from '../arrival/comparison-world.ts';
import { startFront, type Front } from '../support/front.ts';
import { person } from '../support/person.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

let world: ComparisonWorld;
let front: Front;
let services: TestServices;
beforeEach(async () => {
  world = await createComparisonWorld();
  front = await startFront(world.chatwoot.url);
  services = await createTestServices({
    DATABASE_URL: world.services.databaseUrl,
    DATA_DIR: world.services.dataDir,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: front.url,
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: world.chatwoot.apiToken,
  });
});
afterEach(async () => {
  await services.close();
  await front.stop();
  await world.close();
});

const keyOf = ({ id }: Conversation) => `2:${id}`;
const plan = (agentId: number | null = null) =>
  planAssignment(services, { keys: null, agentId, withNames: false });
const start = (pairs: [Conversation, number][]) =>
  startAssignment(services, {
    pairs: pairs.map(([conversation, agentId]) => ({ key: keyOf(conversation), agentId })),
    actor: person('Ben'),
    now: new Date(),
  });
async function handOver(...pairs: [Conversation, number][]) {
  expect(await start(pairs)).toMatchObject({ outcome: 'started' });
  while (await tickAssignments(services));
  const [run] = await readAssignments(services);
  return run!.items.map(({ outcome, detail }) => ({ outcome, detail }));
}

test('only who may see a conversation gets it; an administrator always, an agent as a member of the inbox', async () => {
  const talk = world.begins();
  await world.settled();
  const { agents } = world.chatwoot.store;
  const member = agents[1]!.id;
  front.answer((call, pass) =>
    call.path.endsWith('/assignable_agents')
      ? { status: 200, body: { payload: [{ id: member, name: 'Member', confirmed: true }] } }
      : pass(),
  );
  const outcome = await plan();
  expect(outcome).toMatchObject({ outcome: 'planned', plan: { unseen: [], checked: true } });
  expect(outcome.outcome === 'planned' && outcome.plan.items.map(({ agentId }) => agentId)).toEqual([member]);
  expect(await plan(agents[2]!.id)).toMatchObject({ outcome: 'nobody_may_see' });
  expect(await start([[talk, agents[2]!.id]])).toEqual({ outcome: 'may_not_see' });
  expect(talk.assignee).toBeNull();
});

test('before sharing out, what was deleted is gone and who was removed has nothing', async () => {
  const [one, other] = [world.begins(), world.begins()];
  const { store } = world.chatwoot;
  store.assign(one, store.agents[2]!);
  await world.settled();
  const removed = store.agents[2]!.id;
  one.assignee = null;
  (store.conversations as Map<number, Conversation>).delete(other.id);
  front.answer(async (call, pass) => {
    const answer = await pass();
    return call.path.endsWith('/agents')
      ? { ...answer, body: (answer.body as { id: number }[]).filter(({ id }) => id !== removed) }
      : answer;
  });
  const outcome = await plan();
  expect(outcome.outcome === 'planned' && outcome.plan.items.map(({ key, from }) => ({ key, from }))).toEqual(
    [{ key: keyOf(one), from: null }],
  );
});

test('200 with nobody is no hand-over; a refusal that was obeyed is one; deleted meanwhile is gone; pending stays with the bot', async () => {
  const talks = [world.begins(), world.begins(), world.begins(), world.begins()] as const;
  await world.settled();
  const { store } = world.chatwoot;
  const agent = store.agents[0]!.id;
  store.setStatus(talks[3], 'pending');
  await world.settled();
  front.answer(async (call, pass) => {
    if (!call.path.endsWith('/assignments')) return pass();
    if (call.path.includes(`/${talks[0].id}/`)) return { status: 200, body: null };
    const answer = await pass();
    if (!call.path.includes(`/${talks[1].id}/`)) return answer;
    return {
      status: 422,
      body: { error: 'Connection refused - connect(2) for 127.0.0.1:6399 (redis://127.0.0.1:6399)' },
    };
  });
  (store.conversations as Map<number, Conversation>).delete(talks[2].id);
  const results = await handOver(...talks.map((talk): [Conversation, number] => [talk, agent]));
  expect(results.map(({ outcome }) => outcome).sort()).toEqual(['assigned', 'assigned', 'failed', 'gone']);
  expect(results.find(({ outcome }) => outcome === 'failed')!.detail).toContain('nobody has it now');
  expect(results.filter(({ detail }) => detail?.includes('still pending'))).toHaveLength(1);
  expect(talks[1].assignee?.id).toBe(agent);
});

test('an assignment that was obeyed while nothing answered is not repeated: whoever has it by then keeps it', async () => {
  const talk = world.begins();
  await world.settled();
  const agent = world.chatwoot.store.agents[0]!.id;
  let away = false;
  let assigned = 0;
  front.answer(async (call, pass) => {
    if (call.path.endsWith('/assignments')) {
      assigned += 1;
      away = true;
      await pass();
    }
    if (!away) return pass();
    // Until the next try.
    if (call.method === 'GET') away = false;
    return { status: 500, body: 'away' };
  });
  expect(await handOver([talk, agent])).toEqual([{ outcome: 'assigned', detail: null }]);
  expect(assigned).toBe(1);
  expect(talk.assignee?.id).toBe(agent);
});

test('paused, nobody gets anything; resumed, the next does; cancelled, the rest stays as it is', async () => {
  const talks = [world.begins(), world.begins(), world.begins()] as const;
  await world.settled();
  const agent = world.chatwoot.store.agents[0]!.id;
  const started = await start(talks.map((talk): [Conversation, number] => [talk, agent]));
  const runId = started.outcome === 'started' ? started.runId : 0;
  const control = (verb: 'pause' | 'resume' | 'cancel') =>
    controlAssignment(services, { runId, verb, actor: person('Ben'), now: new Date() });
  expect(await control('pause')).toEqual({ outcome: 'paused' });
  expect(await tickAssignments(services)).toBe(false);
  expect(await start([[talks[0], agent]])).toEqual({ outcome: 'nothing_chosen' });
  expect(await control('resume')).toEqual({ outcome: 'running' });
  expect(await tickAssignments(services)).toBe(true);
  expect(await control('cancel')).toEqual({ outcome: 'cancelled' });
  expect(await control('resume')).toEqual({ outcome: 'not_changed' });
  while (await tickAssignments(services));
  const [run] = await readAssignments(services);
  expect(run).toMatchObject({ state: 'cancelled', total: 3, done: 3, failed: 0 });
  expect(run!.items.map(({ outcome }) => outcome).sort()).toEqual(['assigned', 'cancelled', 'cancelled']);
  expect(talks.filter(({ assignee }) => assignee !== null)).toHaveLength(1);
});
