import { randomUUID } from 'node:crypto';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { storableJson } from '../../lib/storable.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { CHANNEL_WORDS, channelKey } from './channel.ts';
import { addressOf, channelsWithin } from './recipient.ts';
import type { Channel, Message, Outgoing } from './message.ts';
import { sendOverChannel } from './send-notifications.server.ts';

export type TestOutcome =
  | {
      /** `accepted` only when the other side took it. */
      outcome: 'accepted' | 'failed';
      /** What it answered, in its words, without secrets. */
      answer: string;
    }
  /** Nothing was sent: the last test over this channel was a moment ago. */
  | { outcome: 'too_soon'; lastAt: Date; againAt: Date };

/** Between two tests over one channel, ms: at its other end a person is looking at a telephone. */
const PAUSE_MS = 30_000;

/**
 * Sends a test message over one channel now, once, and says what the other side answered. It stands in the delivery log
 * like every message, and in the audit log.
 */
export async function sendTest(
  services: Services,
  channel: Channel,
  { actor, now }: { actor: Actor; now: Date },
): Promise<TestOutcome> {
  const { db, config, changes } = services;
  const name = CHANNEL_WORDS[channel.kind];
  const page = channel.of === 'device' ? 'Account' : 'Contacts';
  const thread = `test-${randomUUID()}`;
  const message: Message = {
    kind: 'test',
    severity: 'info',
    title: `${name} works`,
    sentence: `${actor.name} sent this from the page "${page}" to see whether it arrives. There is nothing to do.`,
    facts: [],
    link: `/${page.toLowerCase()}`,
    at: now.toISOString(),
  };
  const contactId = channel.of === 'contact' ? channel.contactId : null;
  // Recorded first, and due never: if this process dies meanwhile the log says "sent", without an answer.
  const begun = await inTransaction(db.pool, async (client) => {
    // One after the other: two who press at once are one test.
    await client.query("SELECT pg_advisory_xact_lock(hashtext('notifications.test'))");
    const last = await client.query<{ at: Date }>(
      `SELECT created_at AS at FROM notifications WHERE kind = 'test' AND channel = $1 AND created_at > $2
       ORDER BY created_at DESC LIMIT 1`,
      [storableJson(channel), new Date(now.getTime() - PAUSE_MS)],
    );
    const [recent] = last.rows;
    if (recent) return { lastAt: recent.at, againAt: new Date(recent.at.getTime() + PAUSE_MS) };
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO notifications (dedupe_key, kind, contact_id, channel, thread, message, state, attempts, answer, due_at,
         created_at, finished_at)
       VALUES ($1, 'test', (SELECT id FROM contacts WHERE id = $2), $3, $1, $4, 'failed', 1, $5, $6, $6, $6) RETURNING id`,
      [thread, contactId, storableJson(channel), storableJson(message), 'No answer was recorded.', now],
    );
    await log(client, rows[0]!.id, 'sent', null);
    return rows[0]!.id;
  });
  if (typeof begun !== 'number') return { outcome: 'too_soon', ...begun };
  const id = begun;
  const outgoing = {
    id,
    thread,
    incidentId: null,
    message,
    drill: false,
    threadTitle: message.title,
    earlier: [],
    insteadOf: null,
    appUrl: config.APP_URL,
  };
  const { state, answer } = await sendToEach(services, channel, outgoing, now);
  await inTransaction(db.pool, async (client) => {
    await client.query('UPDATE notifications SET state = $2, answer = $3 WHERE id = $1', [id, state, answer]);
    await log(client, id, state, answer);
    await recordAudit(client, {
      actor,
      action: 'notifications.test',
      target:
        channel.of === 'device'
          ? `${name} of device ${channel.deviceId}`
          : contactId === null
            ? `${name} of the environment`
            : `${name} of contact ${contactId}`,
      after: { outcome: state, answer },
      at: now,
    });
  });
  changes.announce('page');
  return { outcome: state, answer };

  async function log(
    client: { query(sql: string, values: unknown[]): Promise<unknown> },
    notification: number,
    logged: string,
    said: string | null,
  ) {
    await client.query(
      'INSERT INTO notification_log (notification_id, at, state, channel, answer) VALUES ($1, $2, $3, $4, $5)',
      [notification, services.db.clock.now(), logged, channelKey(channel), said],
    );
  }
}

/** Over every channel within the channel: accepted when all took it; of several each says who it is. */
async function sendToEach(
  services: Services,
  channel: Channel,
  outgoing: Outgoing,
  now: Date,
): Promise<{ state: 'accepted' | 'failed'; answer: string }> {
  const { config } = services;
  const sent = await Promise.all(
    channelsWithin(channel, config).map(async (one) => ({
      to: addressOf(one, config.NOTIFY_EMAIL_TO),
      ...(await sendOverChannel(services, one, outgoing, now)),
    })),
  );
  const answers = sent.map(({ to, answer }) => (to === null ? answer : `${to}: ${answer}`));
  const all = sent.every(({ outcome }) => outcome === 'accepted');
  return { state: all ? 'accepted' : 'failed', answer: answers.join(' ') };
}
