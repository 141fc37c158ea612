import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { createSilenceWorld, type SilenceWorld } from './silence-world.ts';

let world: SilenceWorld;
beforeEach(async () => {
  world = await createSilenceWorld();
});
afterEach(() => world.close());

const incidents = () => world.services.db.prisma.incident.findMany({ orderBy: { id: 'asc' } });
const recovered = async () =>
  (await world.inbox()).filter(({ source }) => source === 'reconciled').map(({ message }) => message);

test('Chatwoot takes five messages and sends no webhook: known within two minutes, recovered at once, over when webhooks flow', async () => {
  world.begins();
  await world.settled();
  await world.second();
  expect(await world.alert('webhooks_silent')).toMatchObject({ state: 'ok' });

  await world.silently(() => {
    for (let i = 0; i < 5; i += 1) world.begins();
  });
  const written = Date.now();
  let known: number | null = null;
  let fetched: number | null = null;
  for (let i = 0; i < 150 && (known === null || fetched === null); i += 1) {
    await world.second();
    if (known === null && (await incidents()).length > 0) known = world.now().getTime() - written;
    if (known !== null && (await recovered()).length === 5) fetched = world.now().getTime() - written;
  }
  expect(known).not.toBeNull();
  expect(known!).toBeLessThanOrEqual(120_000);
  expect(fetched! - known!).toBeLessThanOrEqual(30_000);
  const [incident] = await incidents();
  expect(incident).toMatchObject({
    severity: 'P1',
    cause: 'arrival',
    title: 'Chatwoot works, its webhooks do not arrive',
  });
  const alert = (await world.alert('webhooks_silent'))!;
  expect(alert.words).toMatch(
    /^Chatwoot works, its webhooks do not arrive: 5 messages of 5 customers since \d\d:\d\d UTC\. Likely cause: its workers \(Sidekiq\)/,
  );
  // They go on to the Agent service as any other.
  expect(
    await world.services.db.prisma.delivery.count({ where: { event: 'message_created', state: 'pending' } }),
  ).toBe(6);

  // What was fetched was not told of by a webhook: the alarm stays.
  await world.seconds(70);
  expect(await world.alert('webhooks_silent')).toMatchObject({ state: 'firing' });

  world.advance(2000);
  world.begins();
  await world.arrived();
  await world.second();
  expect(await world.read()).toMatchObject({ silent_since: null, confirmed_at: null });
  for (let i = 0; i < 3; i += 1) {
    world.advance(20_000);
    await world.second();
  }
  expect((await incidents())[0]!.recoveredAt).not.toBeNull();
});

test('nobody writes for a quarter of an hour: it is looked at, said, and no alarm', async () => {
  world.begins();
  await world.settled();
  for (let minute = 0; minute < 15; minute += 1) {
    world.advance(60_000);
    await world.second();
  }
  expect(await incidents()).toEqual([]);
  const watch = await world.read();
  expect(world.now().getTime() - watch.looked_at!.getTime()).toBeLessThan(62_000);
  expect((await world.alert('webhooks_silent'))!.words).toMatch(
    /^Nobody has written since \d\d:\d\d UTC; everything is known/,
  );
});

test('one message is lost while others arrive: it is fetched at once, and no alarm', async () => {
  const talk = world.begins();
  await world.settled();
  await world.silently(() => void world.begins());
  // The API shows whole seconds: what comes later has to be later by more than that.
  const written = Date.now();
  await until('another second begins, and another', () => Date.now() - written > 3100);
  world.says(talk);
  await world.settled();
  world.advance(60_000);
  await world.seconds(5);
  expect(await recovered()).toHaveLength(1);
  await world.seconds(80);

  expect(await incidents()).toEqual([]);
  expect(await world.read()).toMatchObject({ silent_since: null, confirmed_at: null });
});

test('what the look meets is on record: 500s, lists without sense, and it goes on afterwards', async () => {
  world.begins();
  await world.settled();
  await world.seconds(1);
  await world.chatwoot.setMode('status', { status: 500 });
  await world.seconds(62);
  expect((await world.read()).problem).toContain('500');
  world.advance(9 * 60_000);
  await world.seconds(62);
  expect(await world.alert('arrival_unseen')).toMatchObject({ state: 'firing' });
  expect(await world.alert('webhooks_silent')).toMatchObject({ state: 'unknown' });
  await world.chatwoot.setMode('ok');
  await world.seconds(20);
  expect(await world.read()).toMatchObject({ problem: null });
  expect(await world.alert('webhooks_silent')).toMatchObject({ state: 'ok' });
});

test('before it is connected, and while this app was not listening, nothing is expected', async () => {
  await world.silently(() => void world.begins());
  // The app came up after that was written.
  await world.services.db.pool.query(`UPDATE processes SET started_at = now() + interval '2 seconds'`);
  await world.seconds(130);
  expect(await incidents()).toEqual([]);
  expect((await world.read()).confirmed_at).toBeNull();
});

test('acknowledged webhooks that are only on disk are no silence', async () => {
  world.begins();
  await world.settled();
  await world.silently(() => void world.begins());
  await world.services.db.pool.query('UPDATE processes SET spooled = 1');
  await world.seconds(130);
  expect(await incidents()).toEqual([]);
  expect((await world.read()).problem).toContain('not been read');
});
