import type { AuditAction } from '../../audit/audit-words.ts';
import type pg from 'pg';
import { openText } from '../../../lib/body-cipher.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { readAddressKey, sealedAs } from './sign-up.server.ts';
import { hashOfHook, hashOfMail, parseHook } from './subscriber.ts';
import type { BouncedSubscriber, Mailing, SubscriberCounts } from './subscribers-view.ts';

/** How many there are, without anybody's name. */
export async function countSubscribers(pool: pg.Pool): Promise<SubscriberCounts> {
  const { rows } = await pool.query<SubscriberCounts>(
    `SELECT count(*) FILTER (WHERE confirmed AND kind = 'email' AND NOT bounced)::int AS mails,
       count(*) FILTER (WHERE kind = 'webhook' AND NOT bounced)::int AS hooks,
       count(*) FILTER (WHERE NOT confirmed AND NOT bounced)::int AS unconfirmed, count(*) FILTER (WHERE bounced)::int AS bounced
     FROM (SELECT kind, confirmed_at IS NOT NULL AS confirmed, bounced_at IS NOT NULL AS bounced FROM status_subscribers) s`,
  );
  return rows[0]!;
}

const MAILINGS = `
SELECT m.id, m.update_id AS "updateId", n.title, m.state, m.created_at AS "createdAt", m.cancelled_by AS "cancelledBy",
  count(i.id)::int AS total, count(i.id) FILTER (WHERE i.state = 'waiting')::int AS waiting,
  count(i.id) FILTER (WHERE i.state = 'released')::int AS "onTheWay", count(i.id) FILTER (WHERE i.state = 'accepted')::int AS told,
  count(i.id) FILTER (WHERE i.state = 'failed')::int AS failed, count(i.id) FILTER (WHERE i.state = 'superseded')::int AS superseded,
  count(i.id) FILTER (WHERE i.state = 'cancelled')::int AS cancelled
FROM (SELECT * FROM status_mailings WHERE $1::bigint IS NULL OR update_id = $1 ORDER BY id DESC LIMIT 5) m
JOIN status_notices n ON n.id = m.notice_id LEFT JOIN status_mailing_items i ON i.mailing_id = m.id
GROUP BY m.id, m.update_id, m.state, m.created_at, m.cancelled_by, n.title ORDER BY m.id DESC`;

/** The newest mailings, or that of one update, with how far each is. */
export async function readMailings(pool: pg.Pool, updateId: number | null = null): Promise<Mailing[]> {
  const { rows } = await pool.query<Omit<Mailing, 'createdAt'> & { createdAt: Date }>(MAILINGS, [updateId]);
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
}

/** What subscribers were last told of a notice; null: nothing. */
export async function readMailedState(pool: pg.Pool, noticeId: number): Promise<string | null> {
  const { rows } = await pool.query<{ state: string }>(
    'SELECT state FROM status_mailings WHERE notice_id = $1 ORDER BY id DESC LIMIT 1',
    [noticeId],
  );
  return rows[0]?.state ?? null;
}

/** Addresses that take nothing, newest first. Only for who may change them: they are personal data. */
export async function readBounced({ db, config }: Services): Promise<BouncedSubscriber[]> {
  const { rows } = await db.pool.query<{
    id: number;
    address: string;
    addressHash: string;
    bouncedAt: Date;
    bounce: string | null;
  }>(
    `SELECT id, address, address_hash AS "addressHash", bounced_at AS "bouncedAt", bounce FROM status_subscribers
     WHERE bounced_at IS NOT NULL ORDER BY bounced_at DESC LIMIT 100`,
  );
  return rows.map(({ id, address, addressHash, bouncedAt, bounce }) => ({
    id,
    address:
      openText(config.DATA_ENCRYPTION_KEYS, address, sealedAs(addressHash)) ??
      '(sealed with a key that is not here)',
    at: bouncedAt.toISOString(),
    answer: bounce ?? '',
  }));
}

interface Change {
  actor: Actor;
  now: Date;
}

/** An address that bounced is told again from now on. @returns whether there was such a one */
export const clearBounce = (services: Services, change: Change & { id: number }): Promise<boolean> =>
  changed(services, change, 'subscribers.clear_bounce', (client) =>
    client.query<{ id: number }>(
      'UPDATE status_subscribers SET bounced_at = NULL, bounce = NULL WHERE id = $1 AND bounced_at IS NOT NULL RETURNING id',
      [change.id],
    ),
  );

/** Removes somebody with all that is known of them, as they may ask for. @param address as they gave it */
export async function removeSubscriber(
  services: Services,
  change: Change & { address: string },
): Promise<boolean> {
  const key = await readAddressKey(services, change.now);
  // A hook may be plain somewhere: it is removed everywhere.
  const hook = parseHook(change.address, true) ?? change.address;
  return changed(services, change, 'subscribers.remove', (client) =>
    client.query<{ id: number }>('DELETE FROM status_subscribers WHERE address_hash = ANY($1) RETURNING id', [
      [hashOfMail(key, change.address), hashOfHook(key, hook)],
    ]),
  );
}

async function changed(
  { db, changes }: Services,
  { actor, now }: Change,
  action: AuditAction,
  work: (client: pg.PoolClient) => Promise<pg.QueryResult<{ id: number }>>,
): Promise<boolean> {
  const done = await inTransaction(db.pool, async (client) => {
    const { rows } = await work(client);
    // By number: the audit log is kept for ever, and addresses are not.
    for (const { id } of rows)
      await recordAudit(client, { actor, action, target: `subscriber ${id}`, at: now });
    return rows.length > 0;
  });
  changes.announce('page');
  return done;
}
