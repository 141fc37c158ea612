import { afterAll, beforeAll, expect, test } from 'vitest';
import { environmentChannels } from '../../app/features/notify/channel.ts';
import type { QueuedMessage } from '../../app/features/notify/message.ts';
import { queueNotifications } from '../../app/features/notify/queue-notifications.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

let services: TestServices;
beforeAll(async () => {
  services = await createTestServices();
});
afterAll(() => services.close());

const NOW = new Date('2026-11-23T05:12:00Z');

const outgoing = (dedupeKey: string, changes: Partial<QueuedMessage> = {}): QueuedMessage => ({
  dedupeKey,
  thread: 'incident-1',
  incidentId: null,
  contactId: null,
  channel: { kind: 'slack', of: 'environment' },
  fallbacks: [],
  message: {
    kind: 'opened',
    severity: 'P0',
    title: 'Chatwoot does not answer',
    sentence: 'Customers cannot reach support since 05:12.',
    facts: [],
    link: '/incidents/1',
    at: NOW.toISOString(),
  },
  drill: null,
  ...changes,
});

const queue = (...messages: QueuedMessage[]) =>
  inTransaction(services.db.pool, (client) => queueNotifications(client, messages, NOW));

test('a message is queued once, with one line in its log, however often it is tried', async () => {
  await queue(outgoing('a'), outgoing('b'), outgoing('a'));
  await queue(outgoing('a'));
  const { rows } = await services.db.pool.query(
    `SELECT dedupe_key, n.state, kind, l.state AS logged, l.channel FROM notifications n
     JOIN notification_log l ON l.notification_id = n.id ORDER BY n.id`,
  );
  expect(rows).toEqual([
    { dedupe_key: 'a', state: 'queued', kind: 'opened', logged: 'queued', channel: 'slack' },
    { dedupe_key: 'b', state: 'queued', kind: 'opened', logged: 'queued', channel: 'slack' },
  ]);
});

test('a simulated drill is recorded as such and is never due', async () => {
  await queue(outgoing('drill', { drill: 'simulated' }));
  const { rows } = await services.db.pool.query(
    "SELECT state, finished_at FROM notifications WHERE dedupe_key = 'drill'",
  );
  expect(rows).toEqual([{ state: 'simulated', finished_at: NOW }]);
});

test('nothing is queued when its change is rolled back', async () => {
  await expect(
    inTransaction(services.db.pool, async (client) => {
      await queueNotifications(client, [outgoing('rolled back')], NOW);
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  const { rowCount } = await services.db.pool.query(
    "SELECT 1 FROM notifications WHERE dedupe_key = 'rolled back'",
  );
  expect(rowCount).toBe(0);
});

test('the environment has the channels that are set completely', () => {
  const none = services.config;
  expect(environmentChannels(none)).toEqual([]);
  const kinds = environmentChannels({
    ...none,
    SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/x',
    SMTP_URL: 'smtp://127.0.0.1:25',
    SMTP_FROM: 'outage@example.com',
    NOTIFY_EMAIL_TO: ['team@example.com'],
    PAGERDUTY_ROUTING_KEY: 'x'.repeat(32),
    NOTIFY_WEBHOOK_URL: 'https://example.com/hook',
  }).map(({ kind }) => kind);
  expect(kinds).toEqual(['slack', 'pagerduty', 'email', 'webhook']);
  expect(environmentChannels({ ...none, SMTP_URL: 'smtp://127.0.0.1:25', SMTP_FROM: 'a@b.c' })).toEqual([]);
});
