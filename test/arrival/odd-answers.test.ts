import { afterEach, beforeEach, expect, test } from 'vitest';
import { openChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import type { ProxiedAnswer } from './chatwoot-proxy.ts';
import { createSilenceWorld, type SilenceWorld } from './silence-world.ts';

let world: SilenceWorld;
beforeEach(async () => {
  world = await createSilenceWorld({ RECONCILE_SETTLE: '0s' });
});
afterEach(() => world.close());

const recovered = async () =>
  (await world.inbox()).filter(({ source }) => source === 'reconciled').map(({ message }) => message);
const uncompared = async () =>
  (await world.services.db.prisma.uncompared.findMany({ where: { overAt: null } })).map(
    ({ detail }) => detail,
  );

function page(answer: ProxiedAnswer, status: number) {
  answer.status = status;
  answer.headers['content-type'] = 'text/html';
  answer.body = '<!doctype html><title>Sign in</title>';
}

/** A message whose webhook was lost, and the comparison that finds it, while answers are changed. */
async function comparesWhile(change: (call: string, answer: ProxiedAnswer) => void) {
  const talk = world.begins();
  await world.settled();
  let lost = 0;
  await world.silently(() => void (lost = world.says(talk).id));
  world.proxy.change = change;
  await world.reconcile();
  world.proxy.change = () => undefined;
  return lost;
}

/** The same time once more. */
async function comparesAgain() {
  await world.services.db.pool.query(
    `UPDATE reconciliations SET started_at = started_at - interval '1 hour'`,
  );
  await world.reconcile();
}

test.each([404, 200])(
  'a web page with %d in place of one conversation is no word of Chatwoot: it is named, and compared again',
  async (status) => {
    const lost = await comparesWhile((call, answer) => {
      if (/\/messages/.test(call)) page(answer, status);
    });
    expect(await recovered()).toEqual([]);
    expect(await uncompared()).toHaveLength(1);
    await comparesAgain();
    expect(await recovered()).toEqual([lost]);
    expect(await uncompared()).toEqual([]);
  },
);

test('one answer that is dated a lifetime ago moves no window, a second one is a clock that was set', async () => {
  const client = openChatwootClient(world.services)!;
  await client.version();
  world.proxy.change = (_call, answer) => {
    answer.headers.date = 'Thu, 01 Jan 1970 00:00:07 GMT';
  };
  await client.version();
  expect(world.services.chatwootClock.aheadMs()).toBe(0);
  await client.version();
  expect(world.services.chatwootClock.aheadMs()).toBeLessThan(-1e12);
});

test('a page with 200 is no answer to a write', async () => {
  const talk = world.begins();
  world.proxy.change = (_call, answer) => page(answer, 200);
  const client = openChatwootClient(world.services)!;
  expect(await client.setCustomAttributes(talk.id, { outage_ticket: '1' })).toMatchObject({
    outcome: 'unreachable',
  });
  expect(await client.assign(talk.id, world.chatwoot.store.agents[0]!.id)).toMatchObject({
    outcome: 'unreachable',
  });
});

test.each([-600_000, 600_000])(
  'a Retry-After that is a date is by the clock of whoever set it, %d ms from ours',
  async (aheadMs) => {
    const there = (ms: number) => new Date(Date.now() + aheadMs + ms).toUTCString();
    world.proxy.change = (_call, answer) => {
      answer.status = 429;
      answer.headers = { date: there(0), 'retry-after': there(7000) };
      answer.body = 'Retry later\n';
    };
    const answer = await openChatwootClient(world.services)!.countConversations('open');
    expect(answer).toEqual({ outcome: 'throttled', retryAfterMs: 7000 });
  },
);

test('with one conversation on a page silence is known all the same, while others go on writing', async () => {
  world.begins();
  await world.settled();
  await world.second();
  world.advance(61_000);
  world.chatwoot.setLists({ pageSize: 1 });
  let known: number | null = null;
  let seconds = 0;
  for (; seconds < 150 && known === null; seconds += 1) {
    if (seconds % 10 === 0) await world.silently(() => void world.begins());
    await world.second();
    if ((await world.read()).confirmed_at) known = seconds;
  }
  expect(known).not.toBeNull();
  expect(known!).toBeLessThanOrEqual(120);
});
