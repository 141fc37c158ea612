import type pg from 'pg';
import { CHANNEL_WORDS } from './channel.ts';
import { addressOf } from './recipient.ts';
import type { Channel, DeliveryLogLine, NotificationLine } from './message.ts';

/** Entries of one message that are shown: its first one and its newest; a day of retries has some 300. */
const LOGGED = 20;

interface Row extends Omit<NotificationLine, 'to' | 'channel' | 'createdAt' | 'finishedAt' | 'log'> {
  channel: Channel;
  name: string | null;
  createdAt: Date;
  finishedAt: Date | null;
  log: (Omit<DeliveryLogLine, 'at'> & { ms: number })[];
}

/**
 * The newest messages with what became of each and their delivery log, oldest first.
 * @param to NOTIFY_EMAIL_TO: whom of the team an e-mail was for
 * @param incidentId of one incident; null: whatever they were about, tests too
 */
export async function readNotificationLines(
  pool: pg.Pool,
  to: readonly string[],
  incidentId: number | null,
  limit: number,
): Promise<NotificationLine[]> {
  const { rows } = await pool.query<Row>(
    `SELECT n.id, n.incident_id AS "incidentId", n.kind, n.channel, coalesce(nullif(c.name, ''), c.role, d.person_name) AS name, n.state, n.created_at AS "createdAt",
       n.finished_at AS "finishedAt", n.attempts, n.answer, l.log
     FROM (SELECT * FROM notifications WHERE ($1::bigint IS NULL OR incident_id = $1) AND channel->>'of' IS DISTINCT FROM 'subscriber'
           ORDER BY id DESC LIMIT $2) n
     LEFT JOIN contacts c ON c.id = n.contact_id
     LEFT JOIN push_devices d ON n.channel->>'of' = 'device' AND d.id = (n.channel->>'deviceId')::bigint
     CROSS JOIN LATERAL (
       SELECT coalesce(json_agg(json_build_object('ms', extract(epoch FROM at) * 1000, 'state', state, 'answer', answer)
                                ORDER BY id), '[]') AS log
       FROM (SELECT *, row_number() OVER (ORDER BY id) AS first, row_number() OVER (ORDER BY id DESC) AS last
             FROM notification_log WHERE notification_id = n.id) entries
       WHERE first = 1 OR last < ${LOGGED}
     ) l
     ORDER BY n.id`,
    [incidentId, limit],
  );
  return rows.map(({ channel, name, createdAt, finishedAt, log, ...row }) => ({
    ...row,
    to: name ?? addressOf(channel, to) ?? (channel.kind === 'statuspage' ? 'customers' : 'the team'),
    channel: CHANNEL_WORDS[channel.kind],
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    log: log.map(({ ms, ...entry }) => ({ at: new Date(Math.round(ms)).toISOString(), ...entry })),
  }));
}

/** How messages stand, by their dedupe keys. */
export async function readStates(
  db: pg.Pool | pg.ClientBase,
  keys: readonly string[],
): Promise<
  Map<string, Pick<NotificationLine, 'state' | 'attempts' | 'answer'> & { finishedAt: Date | null }>
> {
  const { rows } = await db.query<
    Pick<NotificationLine, 'state' | 'attempts' | 'answer'> & { key: string; finishedAt: Date | null }
  >(
    `SELECT dedupe_key AS key, state, attempts, answer, finished_at AS "finishedAt" FROM notifications WHERE dedupe_key = ANY($1)`,
    [keys],
  );
  return new Map(rows.map(({ key, ...state }) => [key, state]));
}
