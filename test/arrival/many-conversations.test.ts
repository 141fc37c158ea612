import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nextPage } from '../../app/features/arrival/comparison/list-page.server.ts';
import { readReconciliation } from '../../app/features/arrival/comparison/read-reconciliation.server.ts';
import { comparedText, uncomparedText } from '../../app/features/arrival/comparison/reconciliation-words.ts';
import { readSafetyNets } from '../../app/features/overview/read-safety-nets.server.ts';
import { createComparisonWorld, type ComparisonWorld } from './comparison-world.ts';

describe('where to go on in a list that shifts', () => {
  const read = { size: 25, allCount: 500, reachesEnd: false };
  test.each([
    ['the next page', { page: 3, pass: 1, allCount: 500 }, read, { page: 4, pass: 1 }],
    [
      'a page of another size is not the last',
      { page: 3, pass: 1, allCount: 500 },
      { ...read, size: 7 },
      { page: 4, pass: 1 },
    ],
    ['30 are gone: two pages back', { page: 9, pass: 1, allCount: 530 }, read, { page: 7, pass: 1 }],
    [
      'new ones push down: nothing is missed',
      { page: 9, pass: 1, allCount: 480 },
      read,
      { page: 10, pass: 1 },
    ],
    [
      'older than the time: the first pages again',
      { page: 9, pass: 1, allCount: 500 },
      { ...read, reachesEnd: true },
      { page: 1, pass: 2 },
    ],
    [
      'an empty page: the first pages again',
      { page: 21, pass: 1, allCount: 500 },
      { ...read, size: 0 },
      { page: 1, pass: 2 },
    ],
    [
      'what moved to the front is seen',
      { page: 1, pass: 2, allCount: 500 },
      { ...read, reachesEnd: true },
      'listed',
    ],
  ])('%s', (_name, state, page, expected) => {
    expect(nextPage(state, page)).toEqual(expected);
  });
});

describe('a Chatwoot with many conversations', () => {
  let world: ComparisonWorld;
  beforeEach(async () => {
    world = await createComparisonWorld();
  });
  afterEach(() => world.close());

  const lists = () => world.proxy.asked.filter((call) => call.includes('/conversations?'));
  const recovered = async () => (await world.inbox()).filter(({ source }) => source === 'reconciled');
  const begin = (n: number) => Array.from({ length: n }, () => world.begins());
  async function forget() {
    await world.services.db.pool.query(
      `UPDATE reconciliations SET started_at = started_at - interval '1 hour'`,
    );
  }

  test('is read page by page, only as far as the time goes, and never as one list', async () => {
    const old = begin(60);
    await world.settled();
    for (const talk of old) talk.lastActivityAt -= 3 * 3_600_000;
    const talks = begin(30);
    await world.settled();
    await world.services.db.pool.query(
      `INSERT INTO reconciliations (since, until, cause, started_at, finished_at, state)
       VALUES (now() - interval '1 hour', now() - interval '1 hour', 'clock', now() - interval '1 hour', now() - interval '1 hour', 'done')`,
    );
    await world.losing(() => talks.forEach((talk) => world.says(talk)));
    await world.reconcile();
    expect(await recovered()).toHaveLength(30);
    expect(lists().filter((call) => call.includes('updated_within'))).toEqual([]);
    const pages = lists().map((call) => Number(/page=(\d+)/.exec(call)![1]));
    expect(Math.max(...pages)).toBe(2);
    const view = await readReconciliation(world.services, { now: new Date() });
    expect(comparedText(view)).toContain('in 30 conversations');
  });

  test('a page and a conversation that answer 500 stop nothing, are named, and are compared when they answer', async () => {
    const talks = begin(60);
    await world.settled();
    await world.losing(() => talks.forEach((talk) => world.says(talk)));
    const [odd] = talks;
    odd!.lastActivityAt += 60_000;
    world.proxy.change = (call, answer) => {
      const broken = call.includes('&page=2') || call.includes(`/conversations/${odd!.id}/messages`);
      if (broken)
        Object.assign(answer, { status: 500, body: '{"status":500,"error":"Internal Server Error"}' });
    };
    await world.reconcile();
    expect(await recovered()).toHaveLength(60 - 25 - 1);
    const { services } = world;
    const view = await readReconciliation(services, { now: new Date() });
    expect(view).toMatchObject({ state: 'compared', complete: false });
    expect(uncomparedText(view)).toContain(`conversation ${odd!.id}; page 2 of its list`);
    expect((await readSafetyNets(services)).safetyNets.map(({ id }) => id)).toContain('uncompared');

    world.proxy.change = () => undefined;
    await forget();
    await world.reconcile();
    expect(await recovered()).toHaveLength(60);
    const after = await readReconciliation(services, { now: new Date() });
    expect(after).toMatchObject({ state: 'compared', complete: true, uncompared: [] });
    expect((await readSafetyNets(services)).safetyNets.map(({ id }) => id)).not.toContain('uncompared');
  });

  test('a conversation of the list that cannot be read is named, on the last page too, and the others are compared', async () => {
    const talks = begin(30);
    await world.settled();
    await world.losing(() => talks.forEach((talk) => world.says(talk)));
    const oldest = talks[0]!;
    world.proxy.change = (call, answer) => {
      if (!call.includes('sort_by=last_activity_at_desc')) return;
      const json = JSON.parse(answer.body) as { data: { payload: { id: number | null }[] } };
      for (const one of json.data.payload) if (one.id === oldest.id) one.id = null;
      answer.body = JSON.stringify(json);
    };
    await world.reconcile();
    expect(await recovered()).toHaveLength(29);
    const { services } = world;
    const view = await readReconciliation(services, { now: new Date() });
    expect(view).toMatchObject({ state: 'compared', complete: false });
    expect(uncomparedText(view)).toContain('of its list: 1 conversation without a number');

    // A list of which nothing can be read is no empty one.
    world.proxy.change = (call, answer) => {
      if (call.includes('sort_by=')) answer.body = answer.body.replaceAll(/"id":\d+/g, '"id":null');
    };
    await forget();
    await world.reconcile();
    const none = await readReconciliation(services, { now: new Date() });
    expect(none).toMatchObject({ complete: false });
    expect(uncomparedText(none)).toContain(
      'of its list: Chatwoot cannot be reached: its answer is not the one',
    );

    world.proxy.change = () => undefined;
    await forget();
    await world.reconcile();
    expect(await recovered()).toHaveLength(30);
    const after = await readReconciliation(services, { now: new Date() });
    expect(after).toMatchObject({ state: 'compared', complete: true, uncompared: [] });
  });

  test('a message that cannot be read is named, with its conversation, and the others of it are fetched', async () => {
    const [talk, calm] = [world.begins(), world.begins()];
    await world.settled();
    await world.losing(() => [talk, talk, talk, calm].forEach((one) => world.says(one)));
    let isOld = false;
    world.proxy.change = (call, answer) => {
      if (!call.includes(`/conversations/${talk.id}/messages`)) return;
      const json = JSON.parse(answer.body) as { payload: { message_type: number; created_at: number }[] };
      // The last but one of the three; then the very first.
      const odd = isOld ? json.payload[0] : json.payload.at(-2);
      if (odd)
        Object.assign(odd, { message_type: 17, created_at: odd.created_at - (isOld ? 40 * 86_400 : 0) });
      answer.body = JSON.stringify(json);
    };
    await world.reconcile();
    expect(await recovered()).toHaveLength(3);
    const { services } = world;
    const view = await readReconciliation(services, { now: new Date() });
    expect(view).toMatchObject({ state: 'compared', complete: false });
    expect(uncomparedText(view)).toContain(
      `conversation ${talk.id} (1 message without a number, a time or a known type)`,
    );
    expect((await readSafetyNets(services)).safetyNets.map(({ id }) => id)).toContain('uncompared');

    // What is older than the time that is compared is nobody's loss.
    isOld = true;
    await forget();
    await world.reconcile();
    expect(await recovered()).toHaveLength(4);
    expect(await readReconciliation(services, { now: new Date() })).toMatchObject({
      complete: true,
      uncompared: [],
    });
  });

  test('a page that names a conversation twice, and a profile with what is no number, hold up nobody', async () => {
    const talks = begin(3);
    await world.settled();
    await world.losing(() => talks.forEach((talk) => world.says(talk)));
    world.proxy.change = (call, answer) => {
      const json = JSON.parse(answer.body) as { accounts?: unknown[]; data?: { payload: unknown[] } };
      if (call.includes('/profile')) json.accounts!.unshift({ id: { toString: 1 }, name: 'x' }, null);
      if (call.includes('page=1&sort_by=')) json.data!.payload.push(...json.data!.payload);
      answer.body = JSON.stringify(json);
    };
    await world.reconcile();
    expect(await recovered()).toHaveLength(3);
    const view = await readReconciliation(world.services, { now: new Date() });
    expect(view).toMatchObject({ state: 'compared', complete: true });
  });

  test('what moves to the front and what is deleted while it is read is not missed; another page size ends nothing', async () => {
    const talks = begin(70);
    await world.settled();
    await world.losing(() => talks.forEach((talk) => world.says(talk)));
    const { store } = world.chatwoot;
    let moved = false;
    world.chatwoot.setLists({
      pageSize: 10,
      beforePage(page) {
        if (page !== 3 || moved) return;
        moved = true;
        const all = [...store.conversations.values()].sort((a, b) => b.lastActivityAt - a.lastActivityAt);
        for (const { id } of all.slice(0, 12)) store.deleteConversation(id);
        all.at(-1)!.lastActivityAt = Date.now() + 1000;
      },
    });
    await world.reconcile();
    const kept = [...store.conversations.keys()];
    const keys = new Set((await recovered()).map(({ key }) => key));
    expect(kept.filter((id) => !keys.has(`2:${id}`))).toEqual([]);
  });

  test("with an agent's token nothing is claimed: it fails, says so, and the mark stays", async () => {
    const talk = world.begins();
    await world.settled();
    await world.reconcile();
    const before = (await readReconciliation(world.services, { now: new Date() })).through;
    await world.losing(() => void world.says(talk));
    await forget();
    world.proxy.change = (call, answer) => {
      if (!call.endsWith('/profile')) return;
      const profile = JSON.parse(answer.body) as { accounts: { role: string }[] };
      for (const account of profile.accounts) account.role = 'agent';
      answer.body = JSON.stringify(profile);
    };
    await world.reconcile();
    const view = await readReconciliation(world.services, { now: new Date() });
    expect(view).toMatchObject({ state: 'failing', through: before });
    expect(view.detail).toContain('of the role "agent" and sees only a part');
    world.proxy.change = (call, answer) => {
      if (call.endsWith('/profile')) answer.body = '{"accounts":[]}';
    };
    await forget();
    await world.services.db.pool.query(
      `UPDATE reconciliations SET finished_at = finished_at - interval '1 hour'`,
    );
    await world.reconcile();
    expect((await readReconciliation(world.services, { now: new Date() })).detail).toContain('no member');
  });
});
