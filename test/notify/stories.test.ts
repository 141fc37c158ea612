import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sendNotifications } from '../../app/features/notify/send-notifications.server.ts';
import { hideSecrets, secretsOfUrl } from '../../app/features/notify/channels/post-once.server.ts';
import type { Channel, ContactKind } from '../../app/features/notify/message.ts';
import { createTestServices } from '../support/services.ts';
import { after, createNotifyWorld, messageOf, START, type NotifyWorld } from './notify-world.ts';

let world: NotifyWorld;
beforeEach(async () => {
  world = await createNotifyWorld();
});
afterEach(() => world.close());

const environment = (kind: Extract<Channel, { of: 'environment' }>['kind']): Channel => ({
  kind,
  of: 'environment',
});
const states = async () => Object.fromEntries((await world.rows()).map(({ key, state }) => [key, state]));
const slackTexts = () => world.stubs.slack.received.map(({ text }) => text);

/** Somebody with these channels, tried in this order. */
async function addContact(
  channels: { id: string; kind: ContactKind; address: string }[],
): Promise<Channel[]> {
  const { rows } = await world.services.db.pool.query<{ id: number }>(
    "INSERT INTO contacts (role, name, audience, channels) VALUES ('Support Lead', 'Ada', 'responder', $1) RETURNING id",
    [JSON.stringify(channels.map((channel) => ({ ...channel, secret: null })))],
  );
  return channels.map(({ id, kind }) => ({ kind, of: 'contact', contactId: rows[0]!.id, channelId: id }));
}

describe('retries', () => {
  test.each(['slack', 'email', 'pagerduty', 'webhook'] as const)(
    '%s that is down for an hour gets everything afterwards, in order, once',
    async (kind) => {
      await world.stubs[kind].setMode('down');
      await world.queue(START, { dedupeKey: 'a', channel: environment(kind) });
      await world.run(0, 60);
      await world.queue(after(60), {
        dedupeKey: 'b',
        channel: environment(kind),
        message: messageOf('resolved'),
      });
      await world.run(60, 3600, 20);
      expect(await states()).toEqual({ a: 'queued', b: 'queued' });
      const [first, second] = await world.rows();
      expect(first!.attempts).toBeGreaterThan(10);
      expect(second!.attempts).toBe(0);
      await world.stubs[kind].setMode('ok');
      await world.run(3600, 3600 + 400, 20);
      expect(await states()).toEqual({ a: 'accepted', b: 'accepted' });
      expect(world.stubs[kind].received).toHaveLength(2);
      expect(world.stubs[kind].received[1]!.text).toMatch(kind === 'email' ? /^Re: / : /resolve/);
    },
    60_000,
  );

  test('pauses grow from 2 s to 5 min', async () => {
    await world.stubs.slack.setMode('status', { status: 503 });
    await world.queue(START, { dedupeKey: 'a' });
    const pauses: number[] = [];
    let at = START;
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      await world.drain(at);
      const [row] = await world.rows();
      expect(row!.attempts).toBe(attempt);
      pauses.push((row!.dueAt.getTime() - at.getTime()) / 1000);
      at = row!.dueAt;
    }
    for (const [index, pause] of pauses.entries()) {
      const middle = Math.min(300, 2 * 2 ** index);
      expect(pause).toBeGreaterThan(middle * 0.79);
      // What the try itself took comes on top.
      expect(pause).toBeLessThan(middle * 1.21 + 8);
    }
  });

  test('Retry-After of a 429 is honoured', async () => {
    await world.stubs.slack.setMode('status', { status: 429, retryAfter: 90 });
    await world.queue(START, { dedupeKey: 'a' });
    await world.run(0, 85, 5);
    expect(world.stubs.slack.asked()).toBe(1);
    await world.stubs.slack.setMode('ok');
    await world.run(90, 100);
    expect(await world.log('a')).toEqual(['queued', 'sent', 'failed', 'sent', 'accepted']);
  });

  test.each([
    ['slack', 400],
    ['slack', 404],
    ['slack', 302],
    ['pagerduty', 400],
    ['webhook', 401],
    ['email', 550],
  ] as const)('%s that answers %i is not asked again', async (kind, status) => {
    await world.stubs[kind].setMode('status', { status });
    await world.queue(START, { dedupeKey: 'a', channel: environment(kind) });
    await world.run(0, 30, 5);
    expect(world.stubs[kind].asked()).toBe(1);
    const [row] = await world.rows();
    expect(row).toMatchObject({ state: 'failed', attempts: 1 });
    expect(row!.answer).toContain(String(status));
    expect(await world.log('a')).toEqual(['queued', 'sent', 'failed']);
  });

  test('an SMTP code that may pass is tried again', async () => {
    await world.stubs.email.setMode('status', { status: 451 });
    await world.queue(START, { dedupeKey: 'a', channel: environment('email') });
    await world.drain(START);
    expect((await world.rows())[0]).toMatchObject({ state: 'queued', attempts: 1 });
  });

  test('after a day it is given up', async () => {
    await world.stubs.slack.setMode('status', { status: 503 });
    await world.queue(START, { dedupeKey: 'a' });
    await world.drain(after(24 * 3600 - 1));
    expect(await states()).toEqual({ a: 'queued' });
    await world.drain(after(25 * 3600));
    expect((await world.rows())[0]).toMatchObject({ state: 'failed' });
    expect((await world.rows())[0]!.answer).toContain('given up after 24 h');
  });
});

describe('Slack', () => {
  test('at most one message a second, over all threads', async () => {
    await world.queue(
      START,
      ...['a', 'b', 'c'].map((dedupeKey) => ({ dedupeKey, thread: `thread-${dedupeKey}` })),
    );
    await world.drain(START);
    expect(world.stubs.slack.count()).toBe(1);
    await world.drain(after(0.9));
    expect(world.stubs.slack.count()).toBe(1);
    await world.drain(after(1));
    expect(world.stubs.slack.count()).toBe(2);
    await world.drain(after(2));
    expect(world.stubs.slack.count()).toBe(3);
  });

  test('updates soon after another message become one; what must be acted on is never one of them', async () => {
    await world.queue(START, { dedupeKey: 'opened' });
    await world.drain(START);
    await world.queue(after(5), {
      dedupeKey: 'ack',
      message: messageOf('acknowledged', { at: after(5).toISOString() }),
    });
    await world.run(5, 8);
    await world.queue(after(9), { dedupeKey: 'recovered', message: messageOf('recovered') });
    await world.run(9, 29);
    expect(world.stubs.slack.count()).toBe(1);
    await world.run(30, 32);
    expect(slackTexts()).toHaveLength(2);
    expect(slackTexts()[1]).toContain('recovered');
    const blocks = JSON.stringify(world.stubs.slack.received[1]!.body.blocks);
    expect(blocks).toContain('05:12:05 UTC, 2026-11-23: acknowledged. Customers cannot reach support');
    expect(await states()).toEqual({ opened: 'accepted', ack: 'folded', recovered: 'accepted' });
    expect(await world.log('ack')).toEqual(['queued', 'folded']);

    await world.queue(after(33), { dedupeKey: 'ack 2', message: messageOf('acknowledged') });
    await world.run(33, 35);
    await world.queue(after(35), { dedupeKey: 'escalated', message: messageOf('escalated') });
    await world.queue(after(35), { dedupeKey: 'resolved', message: messageOf('resolved') });
    await world.run(35, 38);
    expect(
      slackTexts()
        .slice(2)
        .map((text) => /12 (\w+)/.exec(text)![1]),
    ).toEqual(['escalated', 'resolved']);
    expect((await states())['ack 2']).toBe('folded');
  });

  test('while it is away, updates wait with the message that carries them', async () => {
    await world.stubs.slack.setMode('down');
    await world.queue(
      START,
      { dedupeKey: 'opened' },
      { dedupeKey: 'ack', message: messageOf('acknowledged') },
    );
    await world.queue(START, { dedupeKey: 'resolved', message: messageOf('resolved') });
    await world.run(0, 60, 5);
    await world.stubs.slack.setMode('ok');
    await world.run(60, 200, 5);
    expect(slackTexts().map((text) => /12 (\w+)/.exec(text)![1])).toEqual(['opened', 'resolved']);
    expect(JSON.stringify(world.stubs.slack.received[1]!.body)).toContain('acknowledged');
    expect(await states()).toEqual({ opened: 'accepted', ack: 'folded', resolved: 'accepted' });
  });
});

describe('a contact', () => {
  test('is told over the next channel after two minutes, and over the first as soon as it works', async () => {
    const [slack, email] = await addContact([
      { id: 'one', kind: 'slack', address: world.stubs.slack.url },
      { id: 'two', kind: 'email', address: 'ada@example.com' },
    ]);
    await world.stubs.slack.setMode('down');
    const common = { channel: slack!, fallbacks: [email!], message: messageOf('escalated') };
    await world.queue(START, { dedupeKey: 'first', ...common });
    await world.queue(after(1), { dedupeKey: 'second', ...common });
    await world.run(0, 115, 5);
    expect(world.stubs.email.count()).toBe(0);
    await world.run(120, 130, 5);
    expect(world.stubs.email.received.map(({ body }) => body.to)).toEqual([
      ['ada@example.com'],
      ['ada@example.com'],
    ]);
    expect(world.stubs.email.received[0]!.body.raw).toContain('Slack has not taken it.');
    await world.stubs.slack.setMode('ok');
    await world.run(130, 700, 20);
    expect(world.stubs.slack.count()).toBe(2);
    expect(world.stubs.email.count()).toBe(2);
  });

  test('is told over the next channel at once when the first refuses for good, and so on to the last', async () => {
    const [slack, webhook, email] = await addContact([
      { id: 'one', kind: 'slack', address: world.stubs.slack.url },
      { id: 'two', kind: 'webhook', address: world.stubs.webhook.url },
      { id: 'three', kind: 'email', address: 'ada@example.com' },
    ]);
    await world.stubs.slack.setMode('status', { status: 404 });
    // The webhook of a contact without a secret is not signed, which this receiver refuses.
    await world.queue(START, { dedupeKey: 'a', channel: slack!, fallbacks: [webhook!, email!] });
    await world.run(0, 5);
    expect(Object.values(await states())).toEqual(['failed', 'failed', 'accepted']);
    expect(world.stubs.email.received).toHaveLength(1);
  });

  test('who was removed is not told, and the log says why', async () => {
    const [channel] = await addContact([{ id: 'one', kind: 'email', address: 'ada@example.com' }]);
    await world.services.db.pool.query('UPDATE contacts SET removed_at = now()');
    await world.queue(START, { dedupeKey: 'a', channel: channel! });
    await world.drain(START);
    expect((await world.rows())[0]).toMatchObject({
      state: 'failed',
      answer: 'This contact or this channel was removed.',
    });
  });

  test('an address inside our network is not called, unless the operator allows it', async () => {
    await world.close();
    world = await createNotifyWorld({ OUTBOUND_ALLOW_PRIVATE: 'false' });
    const [channel] = await addContact([{ id: 'one', kind: 'slack', address: world.stubs.slack.url }]);
    await world.queue(
      START,
      { dedupeKey: 'own', channel: channel! },
      { dedupeKey: 'operator', thread: 'other' },
    );
    await world.run(0, 3);
    expect(await states()).toEqual({ own: 'failed', operator: 'accepted' });
    expect((await world.rows())[0]!.answer).toContain('is not a public address');
    expect(world.stubs.slack.asked()).toBe(1);
  });
});

test('a drill: marked goes out with DRILL before it, simulated goes nowhere', async () => {
  await world.queue(
    START,
    { dedupeKey: 'marked', drill: 'marked' },
    { dedupeKey: 'simulated', drill: 'simulated' },
  );
  await world.run(0, 5);
  expect(slackTexts()).toEqual([expect.stringMatching(/^DRILL: /)]);
  expect(await states()).toEqual({ marked: 'accepted', simulated: 'simulated' });
});

test('no answer brings a secret into the log', async () => {
  const { slack, pagerduty } = world.stubs;
  const path = new URL(slack.url).pathname;
  await world.queue(START, { dedupeKey: 'a' });
  await slack.setMode('status', { status: 404 });
  const said = hideSecrets(
    `No such hook: ${slack.url} (${path.split('/').at(-1)})\n\u202e`,
    secretsOfUrl(slack.url),
  );
  expect(said).toBe('No such hook: [hidden] ([hidden]) \\u202e');
  await world.drain(START);
  const { rows } = await world.services.db.pool.query(
    'SELECT n.*, l.* FROM notifications n, notification_log l',
  );
  const kept = JSON.stringify(rows);
  for (const secret of [path, slack.url, pagerduty.url, world.services.config.PAGERDUTY_ROUTING_KEY!])
    expect(kept).not.toContain(secret);
});

describe('a process that is gone', () => {
  const claim = (owner: string) =>
    world.services.db.pool.query('UPDATE notifications SET owner = $1, claimed_at = now()', [owner]);
  const OTHER = '11111111-1111-4111-8111-111111111111';
  const seen = (ago: string) =>
    world.services.db.pool.query(
      `INSERT INTO processes (id, role, host, pid, started_at, last_seen) VALUES ($1, 'all', 'h', 1, now(), now() - $2::interval)
       ON CONFLICT (id) DO UPDATE SET last_seen = excluded.last_seen`,
      [OTHER, ago],
    );

  test('what a living process has claimed is left to it; of a dead one it is taken over', async () => {
    await world.queue(START, { dedupeKey: 'a' });
    await claim(OTHER);
    await seen('1 second');
    await world.drain(START);
    expect(world.stubs.slack.count()).toBe(0);
    await seen('9 seconds');
    await world.drain(START);
    expect(world.stubs.slack.count()).toBe(1);
    expect(await states()).toEqual({ a: 'accepted' });
  });

  test('what this process could not record is sent again', async () => {
    await world.queue(START, { dedupeKey: 'a' });
    await claim(world.services.processId);
    await seen('1 second');
    await world.drain(START);
    expect(await states()).toEqual({ a: 'accepted' });
  });
});

test('two processes at once send each message once, and keep the order', async () => {
  const second = await createTestServices({
    NOTIFY_WEBHOOK_URL: world.stubs.webhook.url,
    NOTIFY_WEBHOOK_SECRET: world.stubs.webhook.secret,
    DATABASE_URL: world.services.databaseUrl,
  });
  try {
    for (const services of [world.services, second])
      await services.db.pool.query(
        "INSERT INTO processes (id, role, host, pid, started_at, last_seen) VALUES ($1, 'all', 'h', 1, now(), now() + interval '1 hour')",
        [services.processId],
      );
    await world.queue(
      START,
      ...Array.from({ length: 60 }, (_, i) => ({
        dedupeKey: String(i),
        thread: `thread-${i % 6}`,
        channel: environment('webhook'),
        message: messageOf('escalated', { title: String(i) }),
      })),
    );
    while (
      (await Promise.all([world.services, second].map((one) => sendNotifications(one, START)))).some(Boolean)
    );
    const titles = world.stubs.webhook.received.map(({ body }) => Number(body.data.title));
    expect(titles).toHaveLength(60);
    for (let thread = 0; thread < 6; thread += 1) {
      const own = titles.filter((title) => title % 6 === thread);
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
  } finally {
    await second.close();
  }
});
