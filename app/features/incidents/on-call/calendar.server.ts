import { createHmac, timingSafeEqual } from 'node:crypto';
import ical, { ICalCalendarMethod } from 'ical-generator';
import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import { readMessageReaders } from '../../access/people/message-reader.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { readLadderContacts } from '../escalation/read-ladder.server.ts';
import { readLinkKey, readOrMakeLinkKey } from '../message-links/message-links.server.ts';
import { handOverAt, turnsBetween, weekAt } from './on-call.ts';
import { readRotations } from './read-on-call.server.ts';

/** A calendar shows so many weeks that are over, and so many that are to come. */
const WEEKS = { back: 4, ahead: 26 };

type Context = Pick<Services, 'config' | 'db'>;

/** Of one person, for one rotation. */
interface Owner {
  rotationId: number;
  personId: string;
}

const signatureOf = (id: number, { rotationId, personId }: Owner, key: Buffer): Buffer =>
  createHmac('sha256', key).update(`calendar:${id}:${rotationId}:${personId}`).digest();

const TOKEN = /^(\d{1,15})\.([\w-]{43})\.ics$/;

/** Makes somebody's own address of a rotation's calendar; one that was there goes on. @returns `no_key`: what signs it cannot be opened */
export async function makeCalendar(
  { config, db }: Context,
  { rotationId, actor, now }: { rotationId: number; actor: Actor & { personId: string }; now: Date },
): Promise<boolean | 'no_key'> {
  // Without what signs it nobody could open it.
  if (!(await readOrMakeLinkKey(db.pool, config, now))) return 'no_key';
  return inTransaction(db.pool, async (client) => {
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO on_call_calendars (rotation_id, person_id, created_at)
       SELECT r.id, $2, $3 FROM on_call_rotations r WHERE r.id = $1
       ON CONFLICT (rotation_id, person_id) DO NOTHING RETURNING id`,
      [rotationId, actor.personId, now],
    );
    if (!rows[0]) return false;
    const target = `calendar:${rows[0].id} of rotation ${rotationId}`;
    await recordAudit(client, { actor, action: 'on_call.calendar', target, at: now });
    return true;
  });
}

/** Ends somebody's own address of a calendar, wherever it was entered. */
export async function endCalendar(
  { db }: Pick<Services, 'db'>,
  { rotationId, actor, now }: { rotationId: number; actor: Actor & { personId: string }; now: Date },
): Promise<boolean> {
  return inTransaction(db.pool, async (client) => {
    const { rows } = await client.query<{ id: number }>(
      'DELETE FROM on_call_calendars WHERE rotation_id = $1 AND person_id = $2 RETURNING id',
      [rotationId, actor.personId],
    );
    if (!rows[0]) return false;
    const target = `calendar:${rows[0].id} of rotation ${rotationId}`;
    await recordAudit(client, { actor, action: 'on_call.calendar_ended', target, at: now });
    return true;
  });
}

/** Somebody's own addresses, by rotation. */
export async function readCalendars({ config, db }: Context, personId: string): Promise<Map<number, string>> {
  const { rows } = await db.pool.query<{ id: number; rotationId: number }>(
    'SELECT id, rotation_id AS "rotationId" FROM on_call_calendars WHERE person_id = $1',
    [personId],
  );
  const key = rows.length > 0 ? await readLinkKey(db.pool, config) : null;
  if (!key) return new Map();
  const base = (config.APP_URL ?? '').replace(/\/$/, '');
  return new Map(
    rows.map(({ id, rotationId }) => {
      const signature = signatureOf(id, { rotationId, personId }, key).toString('base64url');
      return [rotationId, `${base}/on-call/${id}.${signature}.ics`];
    }),
  );
}

/**
 * The calendar behind a secret address (RFC 5545): the names of colleagues and their times, and nothing else.
 * @returns null when the address was never made or has ended, or when its person may not act on incidents any more
 */
export async function renderCalendar(
  { config, db }: Context,
  file: string,
  now: Date,
): Promise<string | null> {
  const [, id, signature] = TOKEN.exec(file) ?? [];
  const key = id && signature ? await readLinkKey(db.pool, config) : null;
  if (!key) return null;
  const { rows } = await db.pool.query<Owner>(
    'SELECT rotation_id AS "rotationId", person_id AS "personId" FROM on_call_calendars WHERE id = $1',
    [id],
  );
  const [owner] = rows;
  const given = Buffer.from(signature!, 'base64url');
  if (!owner || !timingSafeEqual(signatureOf(Number(id), owner, key), given)) return null;
  const [reader] = await readMessageReaders(db.pool, config, { id: owner.personId });
  const rotations = await readRotations(db.pool, now);
  const rotation = rotations.find((one) => one.id === owner.rotationId);
  if (!reader || !rotation) return null;
  const contacts = await readLadderContacts(db.pool, config);
  const nameOf = (contactId: number) => {
    const contact = contacts.find((one) => one.id === contactId);
    return contact ? contact.name || contact.role : 'somebody who was removed';
  };
  const week = weekAt(rotation, now);
  const [from, to] = [handOverAt(rotation, week - WEEKS.back), handOverAt(rotation, week + WEEKS.ahead)];
  return ical({
    name: `On call: ${rotation.role}`,
    prodId: { company: 'Outage Center', product: 'On call', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    ttl: 3600,
    events: turnsBetween(rotation, rotation.overrides, from, to).map((turn) => ({
      id: `${rotation.id}-${turn.from.getTime()}-${turn.contactId}@on-call.outage-center`,
      stamp: now,
      start: turn.from,
      end: turn.to,
      summary: `${nameOf(turn.contactId)} is on call (${rotation.role})`,
      ...(turn.overrideId !== null && { description: 'Instead of whose turn it is by the rotation.' }),
    })),
  }).toString();
}
