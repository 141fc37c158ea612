import { afterEach, expect, test } from 'vitest';
import { cancelReplay } from '../../app/features/delivery/replays/control-replay.server.ts';
import {
  deadLetterClusters,
  listDeadLetters,
} from '../../app/features/delivery/dead-letters/read-dead-letter-list.server.ts';
import { readDeadLetter } from '../../app/features/delivery/dead-letters/read-dead-letter.server.ts';
import { replayDeadLetters } from '../../app/features/delivery/replays/start-replay.server.ts';
import { replayProgress } from '../../app/features/delivery/replays/read-replays.server.ts';
import type { Selection } from '../../app/features/delivery/dead-letters/selection.ts';
import { countLedger } from '../../app/features/facts/ledger.server.ts';
import { readLedger } from '../support/ledger.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';
import { person } from '../support/person.ts';

let world: World;
afterEach(() => world.close());

/** Given customers whose messages the Agent service refused. */
async function refused(customers: number, messages = 1): Promise<void> {
  world = await createWorld();
  await world.agent.setMode('status', { status: 422 });
  await world.startWorker();
  for (let message = 1; message <= messages; message += 1)
    for (let customer = 1; customer <= customers; customer += 1)
      await world.write({ conversation: customer, message: customer * 100 + message });
  await until('all are dead letters', async () => (await world.states()).dead === customers * messages);
}

async function replay(selection: Selection, more: { mode?: 'careful'; ratePerSecond?: number | null } = {}) {
  const outcome = await replayDeadLetters(world.services, {
    selection,
    actor: person('Mara'),
    mode: 'normal',
    skipAnswered: false,
    now: new Date(),
    ...more,
  });
  if (outcome.outcome !== 'started') throw new Error(outcome.outcome);
  return outcome.replayId;
}

const progress = async (id: number) => (await replayProgress(world.services, id, new Date()))!;

test('what the worker writes is what the list, the clusters and the detail read', async () => {
  await refused(3, 2);
  const { services } = world;
  const [cluster, ...others] = await deadLetterClusters(services);
  expect(others).toEqual([]);
  expect(cluster).toMatchObject({ errorClass: 'http_4xx', status: 422, count: 6, conversations: 3 });
  const page = await listDeadLetters(services, {
    state: 'open',
    filter: { cause: cluster!.cause, errorClass: 'http_4xx', status: 422, text: 'http_4xx|422' },
    sort: 'oldest',
    page: 1,
    pageSize: 50,
  });
  expect(page.total).toBe(6);
  expect(page.rows[0]).toMatchObject({
    cause: cluster!.cause,
    errorClass: 'http_4xx',
    status: 422,
    attempts: 1,
  });
  const detail = await readDeadLetter(services, page.rows[0]!.id);
  expect(detail).toMatchObject({ entry: 'open', attempts: [{ outcome: 'http_4xx', status: 422 }] });
  expect(detail!.payload!.text).toContain('"event": "message_created"');
});

test('refused, repaired, replayed: everything arrives, in order within each conversation, and the ledger balances', async () => {
  await refused(5, 4);
  await world.agent.setMode('ok');
  const id = await replay({ all: true }, { mode: 'careful', ratePerSecond: null });
  await until('the replay is done', async () => (await progress(id)).state === 'done');
  expect(await progress(id)).toMatchObject({
    delivered: 20,
    dead: 0,
    waiting: 0,
    inFlight: 0,
    secondsLeft: null,
  });
  for (let customer = 1; customer <= 5; customer += 1)
    expect(world.agent.records.ofConversation(customer).map((entry) => entry.messageId)).toEqual(
      [1, 2, 3, 4].map((message) => customer * 100 + message),
    );
  const { unmatched, ...ledger } = await countLedger(world.services.db.pool);
  expect(ledger).toMatchObject({ received: 20, delivered: 20, dead: 0, balanced: true });
  expect(unmatched).toBe(0);
  expect(await readLedger(world.services.db.pool)).toEqual(ledger);
});

test('a careful replay into a service that still refuses stops after five and loses nothing', async () => {
  await refused(12);
  const id = await replay({ all: true }, { mode: 'careful', ratePerSecond: null });
  await until('it stopped', async () => (await progress(id)).state === 'stopped');
  expect(await progress(id)).toMatchObject({ dead: 5, delivered: 0, cancelled: 7 });
  expect(await world.states()).toEqual({ dead: 12 });
  await world.agent.setMode('ok');
  const again = await replay({ all: true }, { mode: 'careful', ratePerSecond: null });
  await until('all are delivered', async () => (await progress(again)).state === 'done');
  expect(await world.states()).toEqual({ delivered: 12 });
  expect((await countLedger(world.services.db.pool)).balanced).toBe(true);
});

test('a cancelled replay leaves the rest as it was', async () => {
  await refused(10);
  await world.agent.setMode('ok');
  const id = await replay({ all: true }, { mode: 'careful', ratePerSecond: 1 });
  await until('one went out', async () => (await progress(id)).delivered >= 1);
  await cancelReplay(world.services, { replayId: id, actor: person('Mara'), now: new Date() });
  await until('nothing is under way', async () => (await progress(id)).inFlight === 0);
  const { delivered, cancelled } = await progress(id);
  expect(delivered + cancelled).toBe(10);
  expect(await world.states()).toEqual({ delivered, dead: cancelled });
});
