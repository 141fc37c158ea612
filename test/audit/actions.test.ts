import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { SYSTEM } from '../../app/features/audit/actor.ts';
import {
  cancelReplay,
  pauseReplay,
  resumeReplay,
} from '../../app/features/delivery/replays/control-replay.server.ts';
import {
  discardDeadLetters,
  restoreDeadLetters,
} from '../../app/features/delivery/dead-letters/discard-dead-letters.server.ts';
import { replayDeadLetters } from '../../app/features/delivery/replays/start-replay.server.ts';
import { tickReplays } from '../../app/features/delivery/replays/tick-replays.server.ts';
import * as discardRoute from '../../app/routes/api/dead-letters.ts';
import { endPending, insertEvents } from '../support/dead-letters.ts';
import { person } from '../support/person.ts';
import { openTestAccess } from '../support/sign-in.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { readRows } from './rows.ts';

let services: TestServices;
beforeAll(async () => (services = await createTestServices()));
afterAll(() => services.close());

let known = 0;
beforeEach(async () => {
  known = (await readRows(services)).length;
});
const newRows = async () => (await readRows(services)).slice(known);
const T0 = new Date('2026-11-23T08:00:00Z');
const mara = person('Mara', { id: 'user:7', role: 'responder', via: 'token', from: '192.0.2.44' });
const MARA = {
  actorId: 'user:7',
  actorName: 'Mara',
  actorRole: 'responder',
  via: 'token',
  fromAddress: '192.0.2.44',
  at: T0,
};

async function startReplay(count: number, more: object = {}) {
  const entries = await insertEvents(services, { count });
  const ids = entries.map((entry) => entry.id!);
  const outcome = await replayDeadLetters(services, {
    selection: { ids },
    actor: mara,
    reason: 'repaired',
    mode: 'normal',
    skipAnswered: false,
    now: T0,
    ...more,
  });
  if (outcome.outcome !== 'started') throw new Error(outcome.outcome);
  return { ids, replayId: outcome.replayId };
}

test('a replay, its pause, its resumption and its end are on record with before and after', async () => {
  const { ids, replayId } = await startReplay(3);
  const request = { replayId, actor: mara, reason: 'a pause', now: T0 };
  await pauseReplay(services, request);
  await resumeReplay(services, { ...request, reason: undefined });
  await cancelReplay(services, request);
  const target = `replay ${replayId}`;
  expect(await newRows()).toMatchObject([
    {
      ...MARA,
      action: 'dead_letters.replay',
      target,
      before: { deadLetters: 3, replay: null },
      after: { deadLetters: 3, replay: replayId, selection: { ids }, mode: 'normal', ratePerSecond: 50 },
      reason: 'repaired',
    },
    {
      ...MARA,
      action: 'replays.pause',
      target,
      before: { state: 'running' },
      after: { state: 'paused' },
      reason: 'a pause',
    },
    {
      ...MARA,
      action: 'replays.resume',
      target,
      before: { state: 'paused' },
      after: { state: 'running' },
      reason: null,
    },
    {
      ...MARA,
      action: 'replays.cancel',
      target,
      before: { state: 'running' },
      after: { state: 'cancelled', givenBack: 3 },
    },
  ]);
});

test('the record of a cancelled pause says that it was paused', async () => {
  const { replayId } = await startReplay(2);
  await pauseReplay(services, { replayId, actor: mara, now: T0 });
  await cancelReplay(services, { replayId, actor: mara, now: T0 });
  expect((await newRows()).at(-1)).toMatchObject({
    action: 'replays.cancel',
    before: { state: 'paused' },
  });
});

test('a careful replay that stops by itself is on record as done by the app', async () => {
  const { replayId } = await startReplay(8, { mode: 'careful', ratePerSecond: null });
  await tickReplays(services, T0);
  await endPending(services, () => 'dead', T0);
  await tickReplays(services, T0);
  const rows = await newRows();
  expect(rows.map((row) => row.action)).toEqual(['dead_letters.replay', 'replays.stop']);
  expect(rows[1]).toMatchObject({
    actorId: SYSTEM.id,
    via: 'system',
    fromAddress: null,
    target: `replay ${replayId}`,
    before: { state: 'running' },
    after: { state: 'stopped', givenBack: 3 },
    reason: expect.stringContaining('Stopped by itself') as string,
  });
});

test('a discard and its restoration are on record, with who had discarded and why', async () => {
  const entries = await insertEvents(services, { count: 2 });
  const ids = entries.map((entry) => entry.id!);
  await discardDeadLetters(services, { selection: { ids }, actor: mara, reason: 'spam', now: T0 });
  await restoreDeadLetters(services, { ids: [ids[1]!], actor: person('Ada'), reason: 'no spam', now: T0 });
  expect(await newRows()).toMatchObject([
    {
      ...MARA,
      action: 'dead_letters.discard',
      target: '2 dead letters',
      before: { state: 'dead', count: 2, ids, inPausedReplays: 0 },
      after: { state: 'discarded', count: 2, selection: { ids } },
      reason: 'spam',
    },
    {
      actorName: 'Ada',
      action: 'dead_letters.restore',
      target: `dead letter ${ids[1]}`,
      before: { state: 'discarded', count: 1, discards: [{ id: ids[1], by: 'Mara', why: 'spam' }] },
      after: { state: 'dead', count: 1 },
      reason: 'no spam',
    },
  ]);
});

test('a bulk action names the first hundred entries and counts the rest', async () => {
  const ids = (await insertEvents(services, { count: 130 })).map((entry) => entry.id!);
  await discardDeadLetters(services, { selection: { ids }, actor: mara, reason: 'spam', now: T0 });
  const [row] = await newRows();
  expect(row).toMatchObject({
    target: '130 dead letters',
    before: { count: 130, ids: ids.slice(0, 100) },
    after: { count: 130, selection: { ids: ids.slice(0, 100), more: 30 } },
  });
});

test('what changes nothing leaves no row', async () => {
  const [entry] = await insertEvents(services, { state: 'discarded' });
  const ids = [entry!.id!];
  const all = { selection: { ids }, actor: mara, reason: 'x', now: T0 };
  await replayDeadLetters(services, { ...all, mode: 'normal', skipAnswered: false });
  await discardDeadLetters(services, all);
  await restoreDeadLetters(services, { ids: [999_999], actor: mara, now: T0 });
  await pauseReplay(services, { replayId: 999_999, actor: mara, now: T0 });
  expect(await newRows()).toEqual([]);
});

test('a change that cannot be recorded does not happen, and one that fails is not recorded', async () => {
  const [entry] = await insertEvents(services);
  const request = { selection: { ids: [entry!.id!] }, actor: mara, reason: 'x', now: T0 };
  const state = async () =>
    (await services.db.prisma.delivery.findUniqueOrThrow({ where: { seq: entry!.seq } })).state;
  const unknownWay = { ...mara, via: 'carrier pigeon' as 'cli' };
  await expect(discardDeadLetters(services, { ...request, actor: unknownWay })).rejects.toThrow('via');
  expect(await state()).toBe('dead');
  // The row is inserted before the commit, so a constraint that is checked there fails the whole change.
  await services.db.pool.query(
    `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'at commit'; END $$;
     CREATE CONSTRAINT TRIGGER fail_at_commit AFTER INSERT ON audit_log DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW EXECUTE FUNCTION fail()`,
  );
  await expect(discardDeadLetters(services, request)).rejects.toThrow('at commit');
  expect(await state()).toBe('dead');
  expect(await newRows()).toEqual([]);
  await services.db.pool.query('DROP TRIGGER fail_at_commit ON audit_log');
  expect(await discardDeadLetters(services, request)).toMatchObject({ outcome: 'discarded' });
  expect(await newRows()).toHaveLength(1);
});

test('a form on the page is on record with its name and address', async () => {
  const [entry] = await insertEvents(services);
  const access = openTestAccess(services);
  const cookie = await access.signIn('admin');
  const request = new Request('http://127.0.0.1:3000/api/dead-letters/discard', {
    method: 'POST',
    headers: { Cookie: cookie },
    body: new URLSearchParams({ id: String(entry!.id), actor: ' Eve ', reason: 'spam' }),
  });
  const context = { ...access.context, clientAddress: '198.51.100.9' };
  const args = { request, params: {}, context } as unknown as Parameters<typeof discardRoute.action>[0];
  expect((await discardRoute.action(args)).status).toBe(303);
  expect(await newRows()).toMatchObject([
    { actorName: 'admin', actorRole: 'admin', via: 'session', fromAddress: '198.51.100.9' },
  ]);
  access.stop();
});
