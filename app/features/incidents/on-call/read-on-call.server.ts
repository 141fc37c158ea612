import type pg from 'pg';
import { type LadderContact, holdersOf, type RoleRotation } from '../escalation/escalation-ladder.ts';
import { type OnCallNow, type RotationView, TURNS_WEEKS } from './on-call-view.ts';
import { handOverAt, onCallAt, turnsBetween, weekAt } from './on-call.ts';

type Database = pg.Pool | pg.ClientBase;

/** A rotation as it is stored, with its overrides that are not long over. */
export interface RotationRow extends RoleRotation {
  id: number;
  version: number;
}

/** So long after its end an override still stands in the calendar, days. */
export const KEPT_DAYS = 28;
const DAY_MS = 86_400_000;

/** Who is on call, role by role. */
export async function readRotations(db: Database, now: Date): Promise<RotationRow[]> {
  const { rows } = await (db as pg.ClientBase).query<
    Omit<RotationRow, 'overrides'> & {
      overrides: { id: number; contactId: number; from: number; to: number }[];
    }
  >(
    `SELECT r.id, r.role, r.zone, to_char(r.starts_on, 'YYYY-MM-DD') AS "startsOn", r.hand_over AS "handOver", r.people, r.version,
       coalesce((
         SELECT jsonb_agg(jsonb_build_object('id', o.id, 'contactId', o.contact_id,
           'from', extract(epoch FROM o.from_at) * 1000, 'to', extract(epoch FROM o.to_at) * 1000) ORDER BY o.from_at, o.id)
         FROM on_call_overrides o WHERE o.rotation_id = r.id AND o.to_at > $1
       ), '[]') AS overrides
     FROM on_call_rotations r ORDER BY r.id`,
    [new Date(now.getTime() - KEPT_DAYS * DAY_MS)],
  );
  return rows.map(({ overrides, ...row }) => ({
    ...row,
    overrides: overrides.map(({ from, to, ...rest }) => ({
      ...rest,
      from: new Date(from),
      to: new Date(to),
    })),
  }));
}

/** Whom each rotation's role stands for now, by name. */
export function onCallNow(
  rotations: readonly RotationRow[],
  contacts: readonly LadderContact[],
  now: Date,
): OnCallNow[] {
  return rotations.map(({ role }) => {
    const { people, onCall } = holdersOf(role, contacts, rotations, now);
    return { role, names: people.map((one) => one.name || one.role), gap: onCall?.gap ?? null };
  });
}

/** The rotations as the page "Contacts" shows them. */
export function viewRotations(
  rotations: readonly RotationRow[],
  contacts: readonly LadderContact[],
  now: Date,
): RotationView[] {
  const nameOf = (id: number) => {
    const contact = contacts.find((one) => one.id === id);
    return contact ? contact.name || contact.role : 'somebody who was removed';
  };
  const current = onCallNow(rotations, contacts, now);
  return rotations.map((rotation, place) => {
    const { overrides, people, ...row } = rotation;
    const week = Math.max(0, weekAt(rotation, now));
    const turns = turnsBetween(
      rotation,
      overrides,
      handOverAt(rotation, week),
      handOverAt(rotation, week + TURNS_WEEKS),
    ).filter(({ to }) => to > now);
    return {
      ...row,
      people: people.map((id) => ({ id, name: nameOf(id) })),
      now: current[place]!,
      isOverridden: typeof onCallAt(rotation, overrides, now)?.overrideId === 'number',
      turns: turns.map(({ contactId, from, to, overrideId }) => ({
        ...{ contactId, name: nameOf(contactId), instead: overrideId !== null },
        ...{ from: from.toISOString(), to: to.toISOString() },
      })),
      overrides: overrides
        .filter(({ to }) => to > now)
        .map(({ id, contactId, from, to }) => ({
          ...{ id, name: nameOf(contactId) },
          ...{ from: from.toISOString(), to: to.toISOString() },
        })),
      calendar: null,
    };
  });
}
