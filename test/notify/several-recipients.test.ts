import { afterEach, beforeEach, expect, test } from 'vitest';
import { readNotificationLines } from '../../app/features/notify/read-notifications.server.ts';
import { sendTest } from '../../app/features/notify/send-test.server.ts';
import { person } from '../support/person.ts';
import { after, createNotifyWorld, START, type NotifyWorld } from './notify-world.ts';

/** The mail server takes an e-mail for some of those whom it is for: each of them has an outcome of their own. */
let world: NotifyWorld;
const TO = 'here@example.com,gone@example.com,also@example.com';
const EMAIL = { kind: 'email', of: 'environment' } as const;

beforeEach(async () => {
  world = await createNotifyWorld({ NOTIFY_EMAIL_TO: TO });
  world.stubs.email.refuse('gone@example.com');
});
afterEach(() => world.close());

const lines = async () =>
  (await readNotificationLines(world.services.db.pool, world.services.config.NOTIFY_EMAIL_TO, 12, 50)).map(
    ({ to, channel, state, answer }) => ({ to, channel, state, answer }),
  );
const contact = async (email: string, slack: string) => {
  const channels = [
    { id: 'mail', kind: 'email', address: email, secret: null },
    { id: 'chat', kind: 'slack', address: slack, secret: null },
  ];
  const { rows } = await world.services.db.pool.query<{ id: number }>(
    `INSERT INTO contacts (role, name, audience, position, version, channels)
     VALUES ('support_lead', 'Ines', 'responder', 100, 1, $1::jsonb) RETURNING id`,
    [JSON.stringify(channels)],
  );
  return rows[0]!.id;
};

test('whom the server refuses has failed, in its words; the others are told, each once', async () => {
  await world.queue(START, { dedupeKey: 'a', channel: EMAIL });
  await world.run(0, 300, 10);
  expect(await lines()).toEqual([
    {
      to: 'the team',
      channel: 'E-mail',
      state: 'folded',
      answer: 'Each of the 3 addresses is told by itself.',
    },
    {
      to: 'here@example.com',
      channel: 'E-mail',
      state: 'accepted',
      answer: expect.stringContaining('queued') as string,
    },
    {
      to: 'gone@example.com',
      channel: 'E-mail',
      state: 'failed',
      answer: expect.stringMatching(/550.*No such mailbox/) as string,
    },
    {
      to: 'also@example.com',
      channel: 'E-mail',
      state: 'accepted',
      answer: expect.stringContaining('queued') as string,
    },
  ]);
  expect(world.stubs.email.received.map(({ body }) => body.to).sort()).toEqual([
    ['also@example.com'],
    ['here@example.com'],
  ]);
});

test('who is a contact is told over the next channel, and not twice when the ladder tells them too', async () => {
  const id = await contact('gone@example.com', world.stubs.slack.url);
  const own = (channelId: string, kind: 'email' | 'slack') =>
    ({ kind, of: 'contact', contactId: id, channelId }) as const;
  await world.queue(
    START,
    { dedupeKey: 'team', channel: EMAIL },
    { dedupeKey: 'ladder', contactId: id, channel: own('mail', 'email'), fallbacks: [own('chat', 'slack')] },
  );
  await world.run(0, 5);
  expect(world.stubs.slack.received).toHaveLength(1);
  expect(JSON.stringify(world.stubs.slack.received[0]!.body)).toContain('E-mail');
  expect((await lines()).map(({ to, channel, state }) => `${to} ${channel} ${state}`).sort()).toEqual([
    'Ines E-mail failed',
    'Ines E-mail failed',
    'Ines Slack accepted',
    'also@example.com E-mail accepted',
    'here@example.com E-mail accepted',
    'the team E-mail folded',
  ]);
});

test('one that was put off is tried again by itself', async () => {
  await world.stubs.email.setMode('status', { status: 451 });
  await world.queue(START, { dedupeKey: 'a', channel: EMAIL });
  await world.drain(START);
  await world.stubs.email.setMode('ok');
  await world.run(1, 60);
  expect((await lines()).map(({ state }) => state)).toEqual(['folded', 'accepted', 'failed', 'accepted']);
  expect(world.stubs.email.received).toHaveLength(2);
});

test('an address that was taken out of the settings is told no more', async () => {
  await world.stubs.email.setMode('status', { status: 451 });
  await world.queue(START, { dedupeKey: 'a', channel: EMAIL });
  await world.drain(START);
  await world.stubs.email.setMode('ok');
  world.services.config.NOTIFY_EMAIL_TO.splice(2, 1);
  await world.run(1, 60);
  expect(world.stubs.email.received.map(({ body }) => body.to)).toEqual([['here@example.com']]);
});

test('a test of the channel says who took it and who did not', async () => {
  const sent = await sendTest(world.services, EMAIL, { actor: person('Ines'), now: after(0) });
  expect(sent).toMatchObject({ outcome: 'failed' });
  if (sent.outcome === 'too_soon') throw new Error('too soon');
  expect(sent.answer).toMatch(/here@example\.com: .*queued.* gone@example\.com: 550.* also@example\.com: /);
});
