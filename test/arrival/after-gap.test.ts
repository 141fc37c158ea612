import { afterEach, beforeEach, expect, test } from 'vitest';
import { tickReconciliation } from '../../app/features/arrival/comparison/tick-reconciliation.server.ts';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import type { Conversation } from '../../app/sandbox/chatwoot/records.ts';
import { startHeartbeat } from '../../app/worker/heartbeat.server.ts';
import { startWorker } from '../../app/worker/start-worker.server.ts';
import { until } from '../support/until.ts';
import { createComparisonWorld, type ComparisonWorld } from './comparison-world.ts';

interface Arrived {
  id: number;
  fetchedAt: string | undefined;
}

let world: ComparisonWorld;
let agent: AgentService;
let arrived: Arrived[];
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  agent = await startAgent();
  arrived = [];
  stops = [];
  agent.setBehaviour(({ body, headers }) => {
    const { event, id } = JSON.parse(body.toString('utf8')) as { event: string; id: number };
    if (event === 'message_created') arrived.push({ id, fetchedAt: headers['x-webhook-fetched-at'] });
    return undefined;
  });
  world = await createComparisonWorld({ AGENT_SDK_URL: agent.url, DELIVERY_SETTLE_MS: '0' });
});
afterEach(async () => {
  for (const stop of stops) await stop();
  await world.close();
  await agent.stop();
});

/** The app comes up: what it did not hear until now is a gap of its own. */
function startApp() {
  const heartbeat = startHeartbeat(world.services, () => undefined);
  const worker = startWorker(world.services);
  stops.push(
    () => worker.stop(),
    () => heartbeat.stop(),
  );
}

const ids = () => arrived.map(({ id }) => id);
const allArrived = (n: number) => until(`${n} messages have arrived`, () => arrived.length >= n, 40_000);

test('a header says that a message was fetched, and when; one that came by webhook has none', async () => {
  const talk = world.begins();
  await world.settled();
  const before = Date.now();
  await world.losing(() => void world.says(talk));
  startApp();
  await allArrived(2);
  const [live, fetched] = arrived;
  expect(live!.fetchedAt).toBeUndefined();
  expect(fetched!.fetchedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(Date.parse(fetched!.fetchedAt!)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(fetched!.fetchedAt!)).toBeLessThanOrEqual(Date.now() + 1000);
  const { rows } = await world.services.db.pool.query<{ received_at: Date }>(
    `SELECT received_at FROM webhook_events WHERE source = 'reconciled'`,
  );
  expect(rows.map((row) => row.received_at.toISOString())).toEqual([fetched!.fetchedAt]);
});

/** The next page of Chatwoot's conversations is answered only when it is let go. */
function holdListAnswer() {
  let letGo: () => void = () => undefined;
  const wait = new Promise<void>((resolve) => (letGo = resolve));
  world.proxy.change = async (call) => {
    if (call.includes('sort_by=last_activity_at_desc')) await wait;
  };
  return letGo;
}
const held = async () => {
  const { rows } = await world.services.db.pool.query<{ key: string }>(
    'SELECT conversation_key AS key FROM delivery_holds WHERE until > now()',
  );
  return rows.map(({ key }) => key);
};

test('what was lost in a gap goes out before what is written after it', async () => {
  const talk = world.begins();
  await world.settled();
  await world.losing(() => {
    world.says(talk);
    world.says(talk);
  });
  const letGo = holdListAnswer();
  startApp();
  await until('newer messages wait', async () => (await held()).includes('*'));
  world.says(talk);
  const other = world.begins();
  await world.settled();
  letGo();
  await allArrived(5);
  const own = talk.messages.map(({ id }) => id);
  expect(ids().filter((id) => own.includes(id))).toEqual(own);
  expect(ids()).toContain(other.messages[0]!.id);
  expect(arrived.map(({ fetchedAt }) => fetchedAt !== undefined).filter(Boolean)).toHaveLength(2);
  await until('nothing is held', async () => (await held()).length === 0);
});

test('nobody waits for a Chatwoot that does not answer: what is held goes after five seconds, of further gaps too', async () => {
  world.begins();
  await world.settled();
  const letGo = holdListAnswer();
  startApp();
  await until('newer messages wait', async () => (await held()).length > 0);
  const at = performance.now();
  world.begins();
  await allArrived(2);
  // A hold would last 20 s; with room for a busy machine.
  expect(performance.now() - at).toBeLessThan(17_000);
  letGo();
}, 60_000);

test('when this process stood still itself, Chatwoot has not been slow', async () => {
  const talk = world.begins();
  await world.settled();
  await world.losing(() => void world.says(talk));
  const letGo = holdListAnswer();
  startApp();
  await until('newer messages wait', async () => (await held()).includes('*'));
  world.says(talk);
  await world.settled();
  // Nothing of this process goes on.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5500);
  letGo();
  await allArrived(3);
  expect(ids()).toEqual(talk.messages.map(({ id }) => id));
}, 60_000);

test('of a gap those conversations are compared first whose newer messages wait', async () => {
  const talks = Array.from({ length: 12 }, () => world.begins());
  await world.settled();
  const last = talks.at(-1)!;
  await world.losing(() => talks.forEach((talk) => void world.says(talk)));
  const letGo = holdListAnswer();
  // What waited before has gone out.
  await world.services.db.pool.query(
    `UPDATE deliveries SET state = 'delivered', finished_at = now() WHERE finished_at IS NULL`,
  );
  startApp();
  await until('newer messages wait', async () => (await held()).includes('*'));
  world.says(last);
  await world.settled();
  const asked = world.proxy.asked.length;
  letGo();
  await allArrived(13);
  const compared = world.proxy.asked.slice(asked).flatMap((call) => {
    const [, id] = /\/conversations\/(\d+)\/messages/.exec(call) ?? [];
    return id ? [Number(id)] : [];
  });
  expect(compared.slice(0, 4)).toContain(last.id);
}, 60_000);

test('a Chatwoot that refuses connections holds nobody up', async () => {
  const talk = world.begins();
  await world.settled();
  let reached = true;
  world.proxy.change = (_call, answer) => {
    if (!reached) answer.status = 502;
  };
  reached = false;
  startApp();
  await until(
    'the comparison has failed',
    async () => (await world.services.db.prisma.reconciliation.count({ where: { state: 'failed' } })) > 0,
    20_000,
  );
  expect(await held()).toEqual([]);
  world.says(talk);
  await world.settled();
  await allArrived(2);
  reached = true;
  // By that of the gap, or by the ordinary one, whichever comes first.
  await until(
    'it is compared when Chatwoot answers',
    async () => (await world.services.db.prisma.reconciliation.count({ where: { state: 'done' } })) > 0,
    40_000,
  );
}, 90_000);

test('when the list is known only its conversations wait; a comparison that fails lets everything go', async () => {
  const [talk, done] = [world.begins(), world.begins()];
  await world.settled();
  const { pool } = world.services.db;
  await pool.query(
    `INSERT INTO incidents (cause, title, severity, started_at, opened_at, opened_by, recovered_at)
     VALUES ('intake', 'Webhooks do not arrive', 'P1', now(), now(), 'rule', now())`,
  );
  const now = () => new Date(Date.now() + 2000);
  expect(await tickReconciliation(world.services, now)).toBe(true);
  expect(await held()).toEqual(['*']);
  while ((await held()).includes('*')) await tickReconciliation(world.services, now);
  expect((await held()).sort()).toEqual([talk, done].map(({ id }) => `2:${id}`).sort());
  await world.chatwoot.setMode('down');
  await tickReconciliation(world.services, now);
  expect(await held()).toEqual([]);
  // Gone on with, it holds nobody a second time.
  await world.chatwoot.setMode('ok');
  await world.reconcile(() => new Date(Date.now() + 70_000));
  expect(await held()).toEqual([]);
  expect(await world.services.db.prisma.reconciliation.findMany()).toMatchObject([{ state: 'done' }]);
});

test('a comparison by the clock holds nobody; one of a gap right after another holds what is newer again', async () => {
  world.begins();
  await world.settled();
  expect(await tickReconciliation(world.services, () => new Date())).toBe(true);
  expect(await world.services.db.prisma.reconciliation.findMany()).toMatchObject([{ cause: 'clock' }]);
  expect(await held()).toEqual([]);
  await world.reconcile();
  const { pool } = world.services.db;
  await pool.query(
    `INSERT INTO incidents (cause, title, severity, started_at, opened_at, opened_by)
     VALUES ('intake', 'Webhooks do not arrive', 'P1', now(), now(), 'rule')`,
  );
  const gapUpTo = (ms: number) =>
    pool.query('UPDATE incidents SET recovered_at = $1', [new Date(Date.now() + ms)]);
  await gapUpTo(1000);
  const at = (ms: number) => () => new Date(Date.now() + ms);
  expect(await tickReconciliation(world.services, at(2000))).toBe(true);
  expect(await held()).toEqual(['*']);
  await world.reconcile(at(2000));
  expect(await held()).toEqual([]);
  await gapUpTo(20_000);
  expect(await tickReconciliation(world.services, at(25_000))).toBe(true);
  expect(await held()).toEqual(['*']);
});

test('of a conversation that began in the gap the Agent service hears of its beginning first, then its messages in order', async () => {
  const events: { event: string; id: number }[] = [];
  agent.setBehaviour(({ body }) => {
    const { event, id } = JSON.parse(body.toString('utf8')) as { event: string; id: number };
    events.push({ event, id });
    return undefined;
  });
  world.begins();
  await world.settled();
  const began: Conversation[] = [];
  await world.losing(() => {
    for (let n = 0; n < 3; n += 1) {
      const talk = world.begins();
      world.says(talk);
      world.says(talk);
      began.push(talk);
    }
  });
  startApp();
  const messages = began.flatMap((talk) => talk.messages.map(({ id }) => id));
  const isMessage = ({ event, id }: { event: string; id: number }) =>
    event === 'message_created' && messages.includes(id);
  await until('all have arrived', () => events.filter(isMessage).length === 9, 60_000);
  for (const talk of began) {
    const own = talk.messages.map(({ id }) => id);
    expect(
      events.flatMap(({ event, id }): (string | number)[] => {
        if (event === 'conversation_created' && id === talk.id) return ['beginning'];
        return event === 'message_created' && own.includes(id) ? [id] : [];
      }),
    ).toEqual(['beginning', ...own]);
  }
  const { rows } = await world.services.db.pool.query<{ event: string }>(
    `SELECT event FROM deliveries WHERE conversation_id = $1 AND event LIKE '%_created' ORDER BY seq LIMIT 2`,
    [String(began[0]!.id)],
  );
  expect(rows.map(({ event }) => event)).toContain('conversation_created');
});
