import type { Message, MessageKind, QueuedMessage } from '../../app/features/notify/message.ts';
import { sendNotifications } from '../../app/features/notify/send-notifications.server.ts';
import { queueNotifications } from '../../app/features/notify/queue-notifications.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import {
  notificationSettings,
  startNotifications,
  type Notifications,
} from '../../app/sandbox/notifications/notifications.ts';
import { emptied } from '../support/empty-tables.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

export const START = new Date('2026-11-23T05:12:00Z');

/** A moment of the story, in seconds after its start. */
export const after = (seconds: number) => new Date(START.getTime() + seconds * 1000);

export const messageOf = (kind: MessageKind, changes: Partial<Message> = {}): Message => ({
  kind,
  severity: 'P0',
  title: 'Chatwoot does not answer',
  sentence: `Customers cannot reach support (${kind}).`,
  facts: [{ label: 'Since', value: '05:12 UTC' }],
  link: '/incidents/12',
  at: START.toISOString(),
  ...changes,
});

export interface NotifyWorld {
  services: TestServices;
  stubs: Notifications;
  incidentId: number;
  /** Queues messages; what is left out is that of an incident's opening over the environment's Slack. */
  queue(at: Date, ...messages: (Partial<QueuedMessage> & { dedupeKey: string })[]): Promise<void>;
  /** Drains again and again at one moment of the story, until nothing more goes out. */
  drain(at: Date): Promise<void>;
  /** Lets the story's clock run, a look each second. */
  run(fromSecond: number, toSecond: number, stepSeconds?: number): Promise<void>;
  rows(): Promise<OutboxRow[]>;
  log(dedupeKey: string): Promise<string[]>;
  /** For the next test: nothing was queued, and nobody has received anything. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

interface OutboxRow {
  key: string;
  state: string;
  attempts: number;
  answer: string | null;
  dueAt: Date;
}

export async function createNotifyWorld(env: Record<string, string> = {}): Promise<NotifyWorld> {
  const stubs = await startNotifications();
  const services = await createTestServices({
    APP_URL: 'https://outage.example.com',
    OUTBOUND_ALLOW_PRIVATE: 'true',
    ...notificationSettings(stubs),
    ...env,
  });
  const { rows } = await services.db.pool.query<{ id: number }>(
    `INSERT INTO incidents (id, cause, title, severity, started_at, opened_at, opened_by)
     VALUES (12, 'chatwoot', 'Chatwoot does not answer', 'P0', $1, $1, 'alert') RETURNING id`,
    [START],
  );
  const incidentId = rows[0]!.id;
  const drain = async (at: Date) => {
    while (await sendNotifications(services, at));
  };
  return {
    services,
    stubs,
    incidentId,
    queue: (at, ...messages) =>
      inTransaction(services.db.pool, (client) =>
        queueNotifications(
          client,
          messages.map((message) => ({
            thread: 'incident-12',
            incidentId,
            contactId: null,
            channel: { kind: 'slack', of: 'environment' },
            fallbacks: [],
            message: messageOf('opened'),
            drill: null,
            ...message,
          })),
          at,
        ),
      ),
    drain,
    async run(fromSecond, toSecond, stepSeconds = 1) {
      for (let second = fromSecond; second <= toSecond; second += stepSeconds) await drain(after(second));
    },
    async rows() {
      const found = await services.db.pool.query<OutboxRow>(
        'SELECT dedupe_key AS key, state, attempts, answer, due_at AS "dueAt" FROM notifications ORDER BY id',
      );
      return found.rows;
    },
    async log(dedupeKey) {
      const found = await services.db.pool.query<{ state: string }>(
        `SELECT l.state FROM notification_log l JOIN notifications n ON n.id = l.notification_id
         WHERE n.dedupe_key = $1 ORDER BY l.id`,
        [dedupeKey],
      );
      return found.rows.map(({ state }) => state);
    },
    async clear() {
      await services.db.pool.query(emptied('notifications, notification_log'));
      for (const { received } of [stubs.slack, stubs.email, stubs.pagerduty, stubs.webhook])
        received.length = 0;
    },
    async close() {
      await services.close();
      await stubs.stop();
    },
  };
}
