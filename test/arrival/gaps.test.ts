import { afterEach, beforeEach, expect, test } from 'vitest';
import { tickReconciliation } from '../../app/features/arrival/comparison/tick-reconciliation.server.ts';
import { startHeartbeat } from '../../app/worker/heartbeat.server.ts';
import { noteSilence } from '../../app/features/arrival/note-gap.server.ts';
import { readWatchState } from '../../app/features/arrival/look/record-look.server.ts';
import { startMuteProxy } from '../support/mute-proxy.ts';
import { createTestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { createComparisonWorld, type ComparisonWorld } from './comparison-world.ts';

let world: ComparisonWorld;
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  world = await createComparisonWorld();
  stops = [];
});
afterEach(async () => {
  for (const stop of stops) await stop();
  await world.close();
});

interface Gap {
  kind: string;
  began: Date | null;
  seconds: number | null;
}

async function gaps(): Promise<Gap[]> {
  const { rows } = await world.services.db.pool.query<Gap>(
    `SELECT kind, began_at AS began, extract(epoch FROM ended_at - began_at)::float8 AS seconds FROM arrival_gaps ORDER BY id`,
  );
  return rows;
}
const runs = () => world.services.db.prisma.reconciliation.findMany({ orderBy: { id: 'asc' } });
const sql = (text: string, values: unknown[] = []) => world.services.db.pool.query(text, values);

function listen(services = world.services): { stop: () => Promise<void> } {
  const heartbeat = startHeartbeat(services, () => undefined);
  stops.push(() => heartbeat.stop());
  return heartbeat;
}
const heardOf = (id = world.services.processId) =>
  until(
    'it says that it lives',
    async () =>
      (await sql(`SELECT FROM processes WHERE id = $1 AND last_seen > now() - interval '4 seconds'`, [id]))
        .rowCount === 1,
  );
/** Its last sign of life, as if it had been given so long ago, and its conversations of before. */
const stoodStill = (seconds: number) =>
  sql(`UPDATE processes SET last_seen = now() - $1 * interval '1 second'`, [seconds]);

/** What was said before all gaps and is compared already. */
async function past() {
  const talk = world.begins();
  await world.settled();
  await sql(`UPDATE webhook_events SET received_at = received_at - interval '2 hours'`);
  await sql(`INSERT INTO reconciliations (since, until, cause, state, started_at, finished_at)
    VALUES (now() - interval '2 hours', now() - interval '10 minutes', 'clock', 'done', now() - interval '10 minutes', now() - interval '10 minutes')`);
  return talk;
}

test('a process that stood still compares what was active meanwhile, and the ordinary comparison covers the rest later', async () => {
  const before = await past();
  await world.losing(() => void world.says(before));
  listen();
  await heardOf();
  await sql('DELETE FROM arrival_gaps');
  const minute = 60_000;
  for (const conversation of [before]) conversation.lastActivityAt -= 5 * minute;
  for (const message of before.messages) message.createdAt -= 5 * minute;
  let lost: number[] = [];
  await world.losing(() => {
    lost = [world.says(world.begins()).id - 1];
    lost.push(lost[0]! + 1);
  });
  await stoodStill(40);
  await until('the gap is noted', async () => (await gaps()).length === 1);
  const [gap] = await gaps();
  expect(gap).toMatchObject({ kind: 'break' });
  expect(gap!.seconds).toBeGreaterThan(39);
  // Of what was written in it no webhook is expected by the look.
  const { listeningSince } = await readWatchState(world.services.db.pool);
  expect(Date.now() - listeningSince!.getTime()).toBeLessThan(30_000);
  await world.reconcile();
  const [, urgent] = await runs();
  expect(urgent).toMatchObject({
    state: 'done',
    urgent: true,
    partial: true,
    cause: 'recovery',
    conversations: 1,
  });
  const fetched = async () =>
    (await world.inbox()).filter(({ source }) => source === 'reconciled').map(({ message }) => message);
  expect(await fetched()).toEqual(lost);
  // A quarter of an hour after the one before, the ordinary one begins where that had ended, and finds what the other left.
  await world.reconcile(() => new Date(Date.now() + 15 * minute));
  const ordinary = (await runs()).at(-1)!;
  expect(ordinary).toMatchObject({ state: 'done', urgent: false, partial: false, cause: 'clock' });
  expect(ordinary.since.getTime()).toBeLessThan(Date.now() - 14 * minute);
  expect(await fetched()).toContain(before.messages[1]!.id);
});

test('a start makes up for the time since the listener before it was heard of, whether it was killed or stopped', async () => {
  await past();
  await sql(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen, data_dir)
     VALUES (gen_random_uuid(), 'web', 'elsewhere', 1, now() - interval '1 hour', now() - interval '90 seconds', '/')`,
  );
  const first = listen();
  await heardOf();
  expect((await gaps())[0]!.seconds).toBeGreaterThan(89);
  await first.stop();
  const next = await createTestServices({ DATABASE_URL: world.services.databaseUrl });
  stops.push(() => next.close());
  await sql(`UPDATE arrival_watch SET listened_until = listened_until - interval '30 seconds'`);
  listen(next);
  await heardOf(next.processId);
  const [, second] = await gaps();
  expect(second).toMatchObject({ kind: 'start' });
  // What the first one made up for is not made up for again.
  expect(second!.seconds).toBeGreaterThan(29);
  expect(second!.seconds).toBeLessThan(80);
});

test('of the time that newer messages waited, what nobody lived in does not count', async () => {
  await past();
  const hold = async () => {
    const { rows } = await sql(
      `SELECT extract(epoch FROM now() - began_at)::float8 AS s FROM delivery_holds WHERE conversation_key = '*'`,
    );
    return (rows as { s: number }[])[0]!.s;
  };
  const heldLong = () =>
    sql(
      `INSERT INTO delivery_holds (conversation_key, until, held_at, began_at)
       VALUES ('*', now(), now() - interval '36 seconds', now() - interval '36 seconds')
       ON CONFLICT (conversation_key) DO UPDATE SET held_at = excluded.held_at, began_at = excluded.began_at`,
    );
  await sql(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen, data_dir)
     VALUES (gen_random_uuid(), 'all', 'elsewhere', 1, now() - interval '1 hour', now() - interval '30 seconds', '/')`,
  );
  await heldLong();
  listen();
  await heardOf();
  expect(await hold()).toBeGreaterThan(5);
  expect(await hold()).toBeLessThan(20);
  // A worker of another process lived all the time.
  await heldLong();
  await stoodStill(30);
  await sql(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen, data_dir)
     VALUES (gen_random_uuid(), 'worker', 'elsewhere', 2, now() - interval '1 hour', now() + interval '1 minute', '/')`,
  );
  await until('the standstill is noted', async () => (await gaps()).length === 2);
  expect(await hold()).toBeGreaterThan(30);
});

test('a database that was seen away is a gap when it is back, however short that was', async () => {
  await past();
  const way = await startMuteProxy(world.services.databaseUrl);
  const behind = await createTestServices({ DATABASE_URL: way.url });
  listen(behind);
  stops.push(
    () => behind.close(),
    () => way.stop(),
  );
  await heardOf(behind.processId);
  await sql('DELETE FROM arrival_gaps');
  way.cut();
  await until('it is seen away', () => behind.db.status().state !== 'up');
  way.heal();
  await until('it is noted', async () => (await gaps()).length > 0);
  expect(await gaps()).toMatchObject([{ kind: 'break' }]);
});

const gapOf = (from: number, to: number) =>
  sql(
    `INSERT INTO arrival_gaps (kind, began_at, ended_at)
     VALUES ('break', now() - $1 * interval '1 second', now() - $2 * interval '1 second')`,
    [from, to],
  );
const now = () => new Date();

test('the comparison of a gap goes before an ordinary one that runs', async () => {
  await past();
  await sql(
    `INSERT INTO reconciliations (since, until, cause, started_at) VALUES (now() - interval '1 hour', now(), 'clock', now())`,
  );
  await gapOf(60, 20);
  expect(await tickReconciliation(world.services, now)).toBe(true);
  expect((await runs()).map(({ state, urgent }) => [state, urgent])).toEqual([
    ['done', false],
    ['running', false],
    ['running', true],
  ]);
  await world.reconcile();
  const [, ordinary, urgent] = await runs();
  expect([ordinary!.state, urgent!.state]).toEqual(['done', 'done']);
  expect(urgent!.finishedAt!.getTime()).toBeLessThanOrEqual(ordinary!.finishedAt!.getTime());
});

test('a further gap is taken into the comparison that runs: what was compared is kept, what was active since is compared again', async () => {
  await past();
  const talks: number[] = [];
  await world.losing(() => {
    for (let n = 0; n < 12; n += 1) talks.push(world.begins().id);
  });
  await gapOf(60, 0);
  const compared = async () =>
    (
      await sql('SELECT conversation_id::int AS id FROM reconciliation_items WHERE checked_at IS NOT NULL')
    ).rows.map(({ id }: { id: number }) => id);
  while ((await compared()).length < 4) expect(await tickReconciliation(world.services, now)).toBe(true);
  const [first, ...kept] = await compared();
  // Their activity lies well before the further gap; one customer writes on in it, and one writes for the first time.
  const { store } = world.chatwoot;
  for (const id of talks) store.conversations.get(id)!.lastActivityAt -= 60_000;
  await sql(`UPDATE arrival_gaps SET ended_at = ended_at - interval '30 seconds'`);
  await sql(`UPDATE reconciliations SET until = until - interval '30 seconds' WHERE state = 'running'`);
  await world.losing(() => {
    world.says(store.conversations.get(first!)!);
    world.begins();
  });
  await gapOf(2, 0);
  const before = world.proxy.asked.length;
  await world.reconcile();
  expect((await runs()).slice(1)).toMatchObject([
    { state: 'done', urgent: true, partial: true, conversations: 14 },
  ]);
  const asked = world.proxy.asked.slice(before);
  const askedFor = (id: number) => asked.some((call) => call.includes(`/conversations/${id}/messages`));
  expect(kept.filter(askedFor)).toEqual([]);
  expect(askedFor(first!)).toBe(true);
  const missing = world.inChatwoot();
  expect((await world.inbox()).map(({ message }) => message).sort((a, b) => a - b)).toEqual(missing);
});

test('a further gap while the list is read: what moved to the front meanwhile is compared too', async () => {
  await past();
  await world.losing(() => {
    for (let n = 0; n < 30; n += 1) world.begins();
  });
  await gapOf(60, 0);
  // Access, names and the first page.
  expect(await tickReconciliation(world.services, now)).toBe(true);
  const [, run] = await runs();
  expect(run).toMatchObject({ state: 'running', page: 2, pass: 1 });
  await world.losing(() => {
    const oldest = Math.min(...world.chatwoot.store.conversations.keys());
    world.says(world.chatwoot.store.conversations.get(oldest)!);
    world.begins();
  });
  await gapOf(1, 0);
  expect(await tickReconciliation(world.services, now)).toBe(true);
  // It went on where it was.
  expect((await runs())[1]!.id).toBe(run!.id);
  await world.reconcile();
  expect((await runs()).slice(1).map(({ state }) => state)).toEqual(['done']);
  expect((await world.inbox()).map(({ message }) => message).sort((a, b) => a - b)).toEqual(
    world.inChatwoot(),
  );
});

test('a silence that is no chance is compared when webhooks come again; a quiet hour is none', async () => {
  await past();
  const arrived = (from: number, to: number) =>
    sql(
      `INSERT INTO fact_rollups (resolution, bucket, metric, label, n)
       SELECT 'second', date_bin('1 second', now() - s * interval '1 second', 'epoch'), 'arrival', '1000', 3
       FROM generate_series($1::int, $2::int, -1) s ON CONFLICT DO NOTHING`,
      [from, to],
    );
  await sql(`DELETE FROM fact_rollups WHERE metric = 'arrival'`);
  await arrived(120, 119);
  await arrived(60, 60);
  await noteSilence(world.services);
  expect(await gaps()).toEqual([]);
  await arrived(58, 24);
  await noteSilence(world.services);
  expect(await gaps()).toEqual([]);
  await arrived(3, 2);
  await noteSilence(world.services);
  await noteSilence(world.services);
  const noted = await gaps();
  expect(noted).toMatchObject([{ kind: 'silence' }]);
  expect(noted[0]!.seconds).toBeGreaterThan(18);
});
