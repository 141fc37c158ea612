import type { AuditAction } from '../../audit/audit-words.ts';
import type pg from 'pg';
import type { Services } from '../../../lib/services.server.ts';
import { storableJson } from '../../../lib/storable.ts';
import {
  type Change,
  changeContacts,
  type ContactsOutcome,
  type VersionedChange,
} from '../escalation/change-contacts.server.ts';
import { type Read, wrong } from '../escalation/contacts-input.ts';
import { handOverAt, readOverride, type RotationInput, turnsBetween, weekAt } from './on-call.ts';
import { TURNS_WEEKS } from './on-call-view.ts';
import { KEPT_DAYS, readRotations, type RotationRow } from './read-on-call.server.ts';

/** Each role of a team has one at most. */
const MOST = 50;
/** Of one rotation: a swap for each week of two years. */
const MOST_OVERRIDES = 200;

/** Begins a rotation for a role that has none. */
export function addRotation(
  services: Services,
  { input, ...change }: Change & { input: RotationInput },
): Promise<ContactsOutcome> {
  return changeContacts(services, { ...change, action: 'on_call.add' }, async (client) => {
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO on_call_rotations (role, zone, starts_on, hand_over, people)
       SELECT $1, $2, $3, $4, $5 FROM on_call_rotations HAVING count(*) < ${MOST}
       ON CONFLICT (role) DO NOTHING RETURNING id`,
      rotationValues(input),
    );
    const [row] = rows;
    if (row) return { id: row.id, target: `rotation ${row.id}`, after: input };
    const { rowCount } = await client.query('SELECT 1 FROM on_call_rotations WHERE role = $1', [input.role]);
    return rowCount === 0 ? { outcome: 'too_many', most: MOST } : { outcome: 'changed_meanwhile' };
  });
}

/** Changes a rotation; its overrides stay. */
export function editRotation(
  services: Services,
  { id, version, input, ...change }: VersionedChange & { input: RotationInput },
): Promise<ContactsOutcome> {
  return changeContacts(services, { ...change, action: 'on_call.edit' }, async (client) => {
    const before = await findRotation(client, { id, version, now: change.now });
    const { rowCount } = await client.query(
      `UPDATE on_call_rotations r SET role = $3, zone = $4, starts_on = $5, hand_over = $6, people = $7, version = version + 1
       WHERE id = $1 AND version = $2 AND NOT EXISTS (SELECT 1 FROM on_call_rotations WHERE role = $3 AND id <> r.id)`,
      [id, version, ...rotationValues(input)],
    );
    return before && rowCount === 1
      ? { id, target: `rotation ${id}`, before: auditOf(before), after: input }
      : { outcome: 'changed_meanwhile' };
  });
}

/** Ends a rotation with its overrides and calendars: everybody with the role is told again. */
export function removeRotation(
  services: Services,
  { id, version, ...change }: VersionedChange,
): Promise<ContactsOutcome> {
  return changeContacts(services, { ...change, action: 'on_call.remove' }, async (client) => {
    const before = await findRotation(client, { id, version, now: change.now });
    if (!before) return { outcome: 'changed_meanwhile' };
    await client.query('DELETE FROM on_call_rotations WHERE id = $1', [id]);
    return { id, target: `rotation ${id}`, before: auditOf(before) };
  });
}

/** Puts somebody in for a time. */
export async function addOverride(
  services: Services,
  { id, fields, ...change }: Change & { id: number; fields: URLSearchParams },
): Promise<ContactsOutcome | Read<never>> {
  return planned(services, { id, change, action: 'on_call.override' }, (rotation) => {
    const read = readOverride(fields, rotation.zone, change.now);
    return read.ok ? { ok: true, value: [read.value] } : read;
  });
}

/** Two people take each other's turn. */
export function swapTurns(
  services: Services,
  { id, fields, ...change }: Change & { id: number; fields: URLSearchParams },
): Promise<ContactsOutcome | Read<never>> {
  return planned(services, { id, change, action: 'on_call.swap' }, (rotation) => {
    const week = weekAt(rotation, change.now);
    const last = handOverAt(rotation, Math.max(0, week) + TURNS_WEEKS);
    const turns = turnsBetween(rotation, rotation.overrides, handOverAt(rotation, week), last);
    const turnOf = (name: string) =>
      turns.find(({ from }) => from > change.now && from.toISOString() === fields.get(name));
    const [one, other] = [turnOf('turn'), turnOf('with')];
    if (!one) return wrong('turn', 'Choose a turn that is still to come.');
    if (!other) return wrong('with', 'Choose a turn that is still to come.');
    if (one.contactId === other.contactId) return wrong('with', 'Choose turns of two people.');
    return {
      ok: true,
      value: [
        { contactId: other.contactId, from: one.from, to: one.to },
        { contactId: one.contactId, from: other.from, to: other.to },
      ],
    };
  });
}

interface NewOverride {
  contactId: number;
  from: Date;
  to: Date;
}

/** Adds overrides that are planned from how the rotation is now. */
async function planned(
  services: Services,
  { id, change, action }: { id: number; change: Change; action: AuditAction },
  plan: (rotation: RotationRow) => Read<NewOverride[]>,
): Promise<ContactsOutcome | Read<never>> {
  const why: { refused: Read<never> | null } = { refused: null };
  const outcome = await changeContacts(services, { ...change, action }, async (client) => {
    const rotation = await findRotation(client, { id, now: change.now });
    if (!rotation) return { outcome: 'changed_meanwhile' };
    const read = plan(rotation);
    if (!read.ok) {
      why.refused = read;
      return { outcome: 'changed_meanwhile' };
    }
    if (rotation.overrides.length + read.value.length > MOST_OVERRIDES)
      return { outcome: 'too_many', most: MOST_OVERRIDES };
    await client.query('DELETE FROM on_call_overrides WHERE to_at < $1', [
      new Date(change.now.getTime() - KEPT_DAYS * 86_400_000),
    ]);
    const ids = [...new Set(read.value.map(({ contactId }) => contactId))];
    const there = await client.query('SELECT 1 FROM contacts WHERE id = ANY ($1) AND removed_at IS NULL', [
      ids,
    ]);
    if (there.rowCount !== ids.length) {
      why.refused = wrong('contact', 'Choose from those who are contacts.');
      return { outcome: 'changed_meanwhile' };
    }
    for (const { contactId, from, to } of read.value)
      await client.query(
        'INSERT INTO on_call_overrides (rotation_id, contact_id, from_at, to_at) VALUES ($1, $2, $3, $4)',
        [id, contactId, from, to],
      );
    return { id, target: `rotation ${id}, ${rotation.role}`, after: read.value };
  });
  return why.refused ?? outcome;
}

/** Takes an override back: whoever's turn it is by the rotation is on call again. */
export function removeOverride(
  services: Services,
  { id, overrideId, ...change }: Change & { id: number; overrideId: number },
): Promise<ContactsOutcome> {
  return changeContacts(services, { ...change, action: 'on_call.remove_override' }, async (client) => {
    const rotation = await findRotation(client, { id, now: change.now });
    const before = rotation?.overrides.find((one) => one.id === overrideId);
    if (!rotation || !before) return { outcome: 'changed_meanwhile' };
    await client.query('DELETE FROM on_call_overrides WHERE id = $1', [overrideId]);
    return { id, target: `rotation ${id}, ${rotation.role}`, before };
  });
}

async function findRotation(
  client: pg.ClientBase,
  { id, version, now }: { id: number; version?: number; now: Date },
): Promise<RotationRow | null> {
  const rotations = await readRotations(client, now);
  return rotations.find((one) => one.id === id && (version ?? one.version) === one.version) ?? null;
}

const auditOf = ({ role, zone, startsOn, handOver, people }: RotationRow): RotationInput => ({
  ...{ role, zone, startsOn, handOver },
  people: [...people],
});

const rotationValues = ({ role, zone, startsOn, handOver, people }: RotationInput): unknown[] => [
  ...[role, zone, startsOn, handOver],
  storableJson(people),
];
