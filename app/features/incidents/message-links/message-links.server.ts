import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type pg from 'pg';
import { openText, sealAnew, sealText } from '../../../lib/body-cipher.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { type MessageReader, readMessageReaders } from '../../access/people/message-reader.server.ts';
import { sealedAs, type StoredChannel, type Target } from '../../notify/channel.ts';
import { ownerOfDevice } from '../../notify/channels/push/devices.server.ts';
import type { ClaimedNotification } from '../../notify/claim-notifications.server.ts';

/** A link counts so long after the last try to send its message, ms. */
const LINK_MS = 24 * 3_600_000;
/** So long after its end it is known as expired, ms. */
const KEPT_MS = 30 * 24 * 3_600_000;
const SEALED_AS = 'message-link-key';

type Database = pg.Pool | pg.ClientBase;
type Context = Pick<Services, 'config' | 'db'>;

/**
 * The address that acknowledges the incident of a message as the one person who reads it there; null when the message asks
 * nobody, when several may read it, or when its reader may not acknowledge. The same at each try: an answer that was lost
 * leaves no dead link with somebody.
 */
export async function linkInMessage(
  { config, db }: Context,
  {
    id,
    incidentId,
    message,
    channel,
  }: Pick<ClaimedNotification, 'id' | 'incidentId' | 'message' | 'channel'>,
  target: Target,
  now: Date,
): Promise<string | null> {
  if (!config.MESSAGE_LINKS || !config.APP_URL || incidentId === null || !message.asks) return null;
  const reader = await readerOfMessage({ config, db }, channel, target);
  const key = reader && (await readOrMakeLinkKey(db.pool, config, now));
  if (!reader || !key) return null;
  const { rows } = await db.pool.query<Bound>(
    `WITH forgotten AS (DELETE FROM message_links WHERE expires_at < $5)
     INSERT INTO message_links AS l (notification_id, incident_id, person_id, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $6)
     ON CONFLICT (notification_id, person_id) DO UPDATE
       SET incident_id = excluded.incident_id, expires_at = excluded.expires_at
     RETURNING id, incident_id AS "incidentId", person_id AS "personId"`,
    [id, incidentId, reader.id, now, new Date(now.getTime() - KEPT_MS), new Date(now.getTime() + LINK_MS)],
  );
  return `${config.APP_URL.replace(/\/$/, '')}/acknowledge/${tokenOf(rows[0]!, key)}`;
}

/** Who alone reads what arrives there: the person of a browser, or whose an e-mail address is. */
async function readerOfMessage(
  { config, db }: Context,
  channel: ClaimedNotification['channel'],
  target: Target,
): Promise<MessageReader | null> {
  if (channel.of === 'device') {
    const id = await ownerOfDevice({ db }, channel.deviceId);
    return id === null ? null : ((await readMessageReaders(db.pool, config, { id }))[0] ?? null);
  }
  const emails = target.kind === 'email' ? [target.to] : await emailsOfReader(db.pool, config, channel);
  return readerOf(emails, await readMessageReaders(db.pool, config, { emails }));
}

/** Addresses that tell who the one reader of a contact's channel is; none when others may read it, too. */
async function emailsOfReader(
  db: pg.Pool,
  config: Services['config'],
  channel: ClaimedNotification['channel'],
): Promise<string[]> {
  if (channel.of !== 'contact') return [];
  const { rows } = await db.query<{ channels: StoredChannel[] }>(
    'SELECT channels FROM contacts WHERE id = $1 AND removed_at IS NULL',
    [channel.contactId],
  );
  const channels = rows[0]?.channels ?? [];
  return channels.some(({ id, personal }) => id === channel.channelId && personal)
    ? emailsOf(config, channels)
    : [];
}

/** Who somebody with these addresses is among the people: by the first that is one of theirs. */
export const readerOf = (
  emails: readonly string[],
  readers: readonly MessageReader[],
): MessageReader | null =>
  emails
    .map((email) => readers.find((reader) => reader.email === email.toLowerCase()))
    .find((reader) => reader !== undefined) ?? null;

/** The e-mail addresses among a contact's channels, as far as they can be opened. */
export const emailsOf = (
  { DATA_ENCRYPTION_KEYS: keys }: Pick<Services['config'], 'DATA_ENCRYPTION_KEYS'>,
  channels: readonly StoredChannel[],
): string[] =>
  channels
    .filter(({ kind }) => kind === 'email')
    .flatMap(({ id, address }) => openText(keys, address, sealedAs(id)) ?? []);

/** What a link's signature covers. */
interface Bound {
  id: number;
  incidentId: number;
  personId: string;
}

const signatureOf = ({ id, incidentId, personId }: Bound, key: Buffer): Buffer =>
  createHmac('sha256', key).update(`acknowledge:${id}:${incidentId}:${personId}`).digest();

const tokenOf = (link: Bound, key: Buffer): string =>
  `${link.id}.${signatureOf(link, key).toString('base64url')}`;

const TOKEN = /^(\d{1,15})\.([\w-]{43})$/;

/** A link that was really sent, to somebody who may still acknowledge. */
export interface MessageLink extends Bound {
  reader: MessageReader;
  expiresAt: Date;
  usedAt: Date | null;
  /** What its message said of the incident. */
  title: string;
  severity: string;
}

/** The link of a token; null when it was never made, is signed by another key, or its reader may not acknowledge now. */
export async function readMessageLink(
  db: Database,
  config: Services['config'],
  token: string,
): Promise<MessageLink | null> {
  const [, id, signature] = TOKEN.exec(token) ?? [];
  const key = config.MESSAGE_LINKS && id && signature ? await readLinkKey(db, config) : null;
  if (!key) return null;
  const { rows } = await (db as pg.ClientBase).query<Omit<MessageLink, 'reader'>>(
    `SELECT l.id, l.incident_id AS "incidentId", l.person_id AS "personId", l.expires_at AS "expiresAt", l.used_at AS "usedAt",
       n.message->>'title' AS title, n.message->>'severity' AS severity
     FROM message_links l JOIN notifications n ON n.id = l.notification_id WHERE l.id = $1`,
    [id],
  );
  const [link] = rows;
  if (!link || !timingSafeEqual(signatureOf(link, key), Buffer.from(signature!, 'base64url'))) return null;
  const [reader] = await readMessageReaders(db, config, { id: link.personId });
  return reader ? { ...link, reader } : null;
}

/** Uses a link up, in the transaction that acts by it. @returns false when it was used or has expired meanwhile */
export async function useUpMessageLink(client: pg.ClientBase, id: number, now: Date): Promise<boolean> {
  const { rowCount } = await client.query(
    'UPDATE message_links SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2',
    [id, now],
  );
  return rowCount === 1;
}

/**
 * What signs addresses that open something for one person. One key for all processes: a worker sends what a web process is asked.
 * Null before it is needed, and when it is sealed with a key that is not here.
 */
export async function readLinkKey(
  db: Database,
  { DATA_ENCRYPTION_KEYS }: Services['config'],
): Promise<Buffer | null> {
  const { rows } = await (db as pg.ClientBase).query<{ key: string }>('SELECT key FROM message_link_key');
  const text = rows[0] ? openText(DATA_ENCRYPTION_KEYS, rows[0].key, SEALED_AS) : null;
  const anew = rows[0] ? sealAnew(DATA_ENCRYPTION_KEYS, rows[0].key, SEALED_AS) : null;
  if (anew)
    await (db as pg.ClientBase).query('UPDATE message_link_key SET key = $1 WHERE key = $2', [
      anew,
      rows[0]!.key,
    ]);
  return text === null ? null : Buffer.from(text, 'base64url');
}

export async function readOrMakeLinkKey(
  db: pg.Pool,
  config: Services['config'],
  now: Date,
): Promise<Buffer | null> {
  const found = await readLinkKey(db, config);
  if (found) return found;
  const fresh = randomBytes(32).toString('base64url');
  const sealed = sealText(config.DATA_ENCRYPTION_KEYS, fresh, SEALED_AS);
  await db.query('INSERT INTO message_link_key (key, made_at) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    sealed,
    now,
  ]);
  return readLinkKey(db, config);
}
