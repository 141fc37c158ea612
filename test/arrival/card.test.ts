import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SYSTEM } from '../../app/features/audit/actor.ts';
import { connectChatwoot } from '../../app/features/arrival/connect/connect.server.ts';
import { openChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { readArrivalCard } from '../../app/features/overview/read-arrival-card.server.ts';
import { exampleMessageBody } from '../support/examples.ts';
import { post } from '../intake/intake-server.ts';
import { createSilenceWorld, type SilenceWorld } from './silence-world.ts';

// Each second of the story is a round of everything; a slow machine needs its time.
vi.setConfig({ testTimeout: 180_000 });

let world: SilenceWorld;
beforeEach(async () => {
  world = await createSilenceWorld();
});
afterEach(() => world.close());

const card = async () => (await readArrivalCard(world.services, { range: '1h', now: world.now() }))!;
const row = async (id: string) => (await card()).rows.find((one) => one.id === id)!;

test('one answer on Health: not proved, arriving, quiet, nothing arrives, with what it rests on', async () => {
  expect(await card()).toMatchObject({ tone: 'unknown', word: 'Not proved yet', proof: { state: 'none' } });

  world.begins();
  await world.settled();
  await world.second();
  // What arrives is proved, whether or not somebody ever sent a test message.
  expect(await card()).toMatchObject({ tone: 'good', word: 'Yes', proof: { state: 'none' } });
  expect((await row('webhook')).words).toMatch(/^At \d\d:\d\d:\d\d UTC\.$/);
  expect((await row('delay')).words).toMatch(/^Half within .*, of 1 message in the last 5 min\.$/);

  world.advance(10 * 60_000);
  await world.second();
  expect(await card()).toMatchObject({ tone: 'info', word: 'Quiet' });
  expect((await row('newest')).words).toMatch(
    /^Written at \d\d:\d\d:\d\d UTC \(looked at \d\d:\d\d:\d\d UTC\)\.$/,
  );

  await world.silently(() => void world.begins());
  await world.seconds(130);
  const silent = await card();
  expect(silent).toMatchObject({ tone: 'critical', word: 'Nothing arrives' });
  expect(silent.sentence).toMatch(/1 message of 1 customer since .*Sidekiq/s);

  await world.chatwoot.setMode('status', { status: 500 });
  await world.seconds(62);
  expect((await row('newest')).tone).toBe('unknown');
});

test('webhooks of another Chatwoot prove nothing of the one that is connected now', async () => {
  world.begins();
  await world.settled();
  await world.second();
  expect((await card()).word).toBe('Yes');
  const connection = world.services.config.connection!;
  const connect = (chatwootUrl: string) =>
    connectChatwoot(world.services, openChatwootClient(world.services)!, {
      connection: { ...connection, chatwootUrl },
      appUrl: 'http://127.0.0.1:9',
      actor: SYSTEM,
    });
  // The first connecting of a Chatwoot whose webhooks come already changes nothing.
  expect((await connect('http://before.example')).outcome).toBe('connected');
  expect((await card()).word).toBe('Yes');
  expect((await connect(connection.chatwootUrl)).outcome).toBe('connected');
  expect(await card()).toMatchObject({ tone: 'unknown', word: 'Not proved yet' });
  // Nor do those of another account, which may post to the same address.
  const foreign = exampleMessageBody({ accountId: 77, conversationId: 5, messageId: 9, at: Date.now() });
  expect((await post(world.intake.url, foreign)).status).toBe(200);
  await world.second();
  expect(await card()).toMatchObject({ tone: 'unknown', word: 'Not proved yet' });
  world.begins();
  await world.settled();
  await world.second();
  expect((await card()).word).toBe('Yes');
});
