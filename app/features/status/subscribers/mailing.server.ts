import type pg from 'pg';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import type { QueuedMessage } from '../../notify/message.ts';
import {
  countWaitingSubscribers,
  dropSubscribers,
  queueNotifications,
  takeToldSubscribers,
} from '../../notify/queue-notifications.server.ts';

/** Whether anybody can subscribe at all; the page itself may be off besides. */
export const canSubscribe = ({
  STATUS_PAGE,
  SMTP_URL,
  SMTP_FROM,
  APP_URL,
  SUBSCRIBER_MAILS_PER_MINUTE,
}: Services['config']): boolean =>
  STATUS_PAGE !== 'off' && Boolean(SMTP_URL && SMTP_FROM && APP_URL) && SUBSCRIBER_MAILS_PER_MINUTE > 0;

/**
 * Puts an update before every subscriber whom it concerns, in the transaction that publishes it: when where it stands has
 * changed since they were last told, and not for each text. What is still waiting of an older update of the same notice is
 * left out: nobody is told how it was.
 */
export async function planMailing(
  client: pg.PoolClient,
  config: Services['config'],
  { noticeId, updateId, now }: { noticeId: number; updateId: number; now: Date },
): Promise<void> {
  if (!canSubscribe(config)) return;
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO status_mailings (update_id, notice_id, state, created_at)
     SELECT u.id, u.notice_id, u.state, $3 FROM status_updates u WHERE u.id = $2 AND u.state IS DISTINCT FROM
       (SELECT m.state FROM status_mailings m WHERE m.notice_id = $1 ORDER BY m.id DESC LIMIT 1)
     RETURNING id`,
    [noticeId, updateId, now],
  );
  const [mailing] = rows;
  if (!mailing) return;
  await client.query(
    `UPDATE status_mailing_items SET state = 'superseded' WHERE state = 'waiting'
       AND mailing_id IN (SELECT id FROM status_mailings WHERE notice_id = $1 AND id < $2)`,
    [noticeId, mailing.id],
  );
  await client.query(
    `INSERT INTO status_mailing_items (mailing_id, subscriber_id)
     SELECT $1, s.id FROM status_subscribers s, status_notices n
     WHERE n.id = $2 AND s.confirmed_at IS NOT NULL AND s.bounced_at IS NULL
       AND (s.components = '{}' OR n.components ?| s.components)
     ORDER BY s.id`,
    [mailing.id, noticeId],
  );
}

/** So smoothly the rate of a minute is kept: no more than its part goes out within this time, s. */
const SPAN_S = 6;

interface Released {
  id: number;
  subscriberId: number;
  kind: 'email' | 'webhook';
  updateId: number;
  noticeId: number;
  title: string;
}

/**
 * Hands the outbox as many of those who wait as the rate has room for, oldest first, and takes back what became of earlier
 * ones. The outbox holds no more than a minute of them that have not been tried; who was tried in vain holds up others of the
 * same kind only when they are many, as when the mail server is away.
 * @returns whether there may be more at once
 */
export async function tickMailings(services: Services, now: Date): Promise<boolean> {
  const { db, config, changes } = services;
  if (!canSubscribe(config)) return false;
  const { released, told } = await inTransaction(db.pool, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock(hashtext('subscribers.release'))");
    const told = await settle(client);
    await dropSuperseded(client, now);
    return { told, released: await release(client, config, now) };
  });
  if (released > 0) changes.announce('work');
  if (released + told > 0) changes.announce('page');
  return told === MOST_SETTLED;
}

const MOST_SETTLED = 1000;
/** So many minutes' worth of messages to one kind of subscribers may be tried in vain, until no more of that kind are handed out. */
const MOST_FAILING_MINUTES = 3;
const BECAME: Record<string, string> = { accepted: 'accepted', folded: 'superseded' };
const keyOfItem = (id: number): string => `mailing-item:${id}`;
const ITEM_KEY = /^mailing-item:(\d+)$/;

async function settle(client: pg.PoolClient): Promise<number> {
  const told = await takeToldSubscribers(client, MOST_SETTLED);
  const items = told.flatMap(({ key, state }) => {
    const [, id] = ITEM_KEY.exec(key) ?? [];
    return id === undefined ? [] : [{ id, state: BECAME[state] ?? 'failed' }];
  });
  if (items.length > 0)
    await client.query(
      `UPDATE status_mailing_items i SET state = t.state FROM unnest($1::bigint[], $2::text[]) AS t (id, state)
       WHERE i.id = t.id AND i.state = 'released'`,
      [items.map(({ id }) => id), items.map(({ state }) => state)],
    );
  // Who unsubscribed meanwhile did not fail to take it.
  await client.query(
    `DELETE FROM status_mailing_items WHERE id = ANY($1::bigint[]) AND state = 'failed' AND subscriber_id IS NULL`,
    [items.map(({ id }) => id)],
  );
  return told.length;
}

/** What is in the outbox of a notice's older update is not told any more, as what waits is not. */
async function dropSuperseded(client: pg.PoolClient, now: Date): Promise<void> {
  const { rows } = await client.query<{ id: number }>(
    `SELECT i.id FROM status_mailing_items i JOIN status_mailings m ON m.id = i.mailing_id
     WHERE i.state = 'released'
       AND EXISTS (SELECT FROM status_mailings later WHERE later.notice_id = m.notice_id AND later.id > m.id)`,
  );
  if (rows.length === 0) return;
  await dropSubscribers(
    client,
    rows.map(({ id }) => keyOfItem(id)),
    now,
  );
}

/** What was released later than now, by a clock that was set back since, does not count. */
async function release(client: pg.PoolClient, config: Services['config'], now: Date): Promise<number> {
  const rate = config.SUBSCRIBER_MAILS_PER_MINUTE;
  const { rows: counted } = await client.query<{ minute: number; span: number }>(
    `SELECT count(*)::int AS minute, (count(*) FILTER (WHERE released_at > $1::timestamptz - make_interval(secs => ${SPAN_S})))::int AS span
     FROM status_mailing_items WHERE released_at > $1::timestamptz - interval '1 minute' AND released_at <= $1`,
    [now],
  );
  const { minute, span } = counted[0]!;
  const inOutbox = await countWaitingSubscribers(client);
  const untried = inOutbox.reduce((sum, one) => sum + one.untried, 0);
  const held = inOutbox.flatMap(({ kind, failing }) =>
    failing < rate * MOST_FAILING_MINUTES ? [] : [kind === 'subscriber_mail' ? 'email' : 'webhook'],
  );
  const room = Math.min(rate - minute, Math.ceil((rate * SPAN_S) / 60) - span, rate - untried);
  if (room <= 0) return 0;
  const { rows } = await client.query<Released>(
    `WITH next AS (
       SELECT id FROM status_mailing_items WHERE state = 'waiting'
         AND NOT EXISTS (SELECT FROM status_subscribers h WHERE h.id = subscriber_id AND h.kind = ANY($3))
       ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
     ), unsubscribed AS (
       DELETE FROM status_mailing_items i USING next WHERE i.id = next.id AND i.subscriber_id IS NULL
     ), gone AS (
       UPDATE status_mailing_items i SET state = 'released', released_at = $1
       FROM next WHERE i.id = next.id AND i.subscriber_id IS NOT NULL RETURNING i.id, i.mailing_id, i.subscriber_id
     )
     SELECT gone.id, gone.subscriber_id AS "subscriberId", s.kind, m.update_id AS "updateId", m.notice_id AS "noticeId", n.title
     FROM gone JOIN status_mailings m ON m.id = gone.mailing_id JOIN status_notices n ON n.id = m.notice_id
       JOIN status_subscribers s ON s.id = gone.subscriber_id ORDER BY gone.id`,
    [now, room, held],
  );
  await queueNotifications(
    client,
    rows.map((row) => messageFor(row, now)),
    now,
  );
  return rows.length;
}

const messageFor = (
  { id, subscriberId, kind, updateId, noticeId, title }: Released,
  now: Date,
): QueuedMessage => ({
  dedupeKey: keyOfItem(id),
  thread: `subscriber-${subscriberId}`,
  ...{ incidentId: null, contactId: null, fallbacks: [], drill: null },
  channel: {
    kind: kind === 'email' ? 'subscriber_mail' : 'subscriber_webhook',
    of: 'subscriber',
    subscriberId,
  },
  message: {
    ...{ kind: 'public_update', severity: 'info', title, sentence: '', facts: [], updateId },
    link: `/status/incidents/${noticeId}`,
    at: now.toISOString(),
  },
});

/** Whoever still waits in a mailing is not told; those who are being told are. @returns whether there was anybody */
export async function cancelMailing(
  { db, changes }: Services,
  { id, actor, now }: { id: number; actor: Actor; now: Date },
): Promise<boolean> {
  const cancelled = await inTransaction(db.pool, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE status_mailing_items SET state = 'cancelled' WHERE mailing_id = $1 AND state = 'waiting'`,
      [id],
    );
    if (!rowCount) return false;
    await client.query('UPDATE status_mailings SET cancelled_at = $2, cancelled_by = $3 WHERE id = $1', [
      id,
      now,
      actor.name,
    ]);
    await recordAudit(client, {
      actor,
      action: 'subscribers.cancel_mailing',
      target: `mailing ${id}`,
      after: { notTold: rowCount },
      at: now,
    });
    return true;
  });
  changes.announce('page');
  return cancelled;
}
