import { DateTime } from 'luxon';
import { knownZone } from '../../../lib/zone.ts';
import { lineOf, type Read, readRole, wrong } from '../escalation/contacts-input.ts';
import { MOST_PEOPLE } from './on-call-view.ts';

/** Who is on call for a role, week by week, by the clock on the wall of one place. */
export interface Rotation {
  /** IANA name of the zone whose clock counts. */
  zone: string;
  /** Day of the first hand-over there, `YYYY-MM-DD`: the others come on the same day of each week. */
  startsOn: string;
  /** `HH:MM` on that clock. */
  handOver: string;
  /** Numbers of contacts, in the order in which it is their turn. */
  people: readonly number[];
}

/** Somebody else for a time. Of several at once the one that was made last counts. */
export interface Override {
  id: number;
  contactId: number;
  from: Date;
  to: Date;
}

/** Who is on call at a moment, by the rotation or by an override. */
export interface OnCall {
  contactId: number;
  /** Number of the week since the first hand-over, from 0. */
  week: number;
  overrideId: number | null;
}

export interface Turn extends OnCall {
  from: Date;
  to: Date;
}

const WEEK_MS = 7 * 86_400_000;

/**
 * The moment of a time by the clock of a zone. Where the clock leaves it out, in the night in which it is set forward, it is the
 * same distance behind the change (02:30 is 03:30); where it comes twice, it is the first.
 * @param local `YYYY-MM-DDTHH:MM`
 * @returns null when it is no time or no zone
 */
function wallTime(zone: string, local: string): Date | null {
  const at = DateTime.fromISO(local, { zone });
  return at.isValid ? new Date(Math.min(...at.getPossibleOffsets().map((one) => one.toMillis()))) : null;
}

/** When a week of the rotation begins. @param week from 0, the first; before it they are less */
export function handOverAt({ zone, startsOn, handOver }: Omit<Rotation, 'people'>, week: number): Date {
  const day = DateTime.fromISO(startsOn, { zone: 'UTC' }).plus({ weeks: week });
  return wallTime(zone, `${day.toISODate()}T${handOver}`) ?? new Date(NaN);
}

/** The week of the rotation that a moment lies in; less than 0 before the first hand-over. */
export function weekAt(rotation: Rotation, at: Date): number {
  let week = Math.floor((at.getTime() - handOverAt(rotation, 0).getTime()) / WEEK_MS);
  // A clock that was set since is off by an hour or two, not by more than a week.
  if (handOverAt(rotation, week) > at) week -= 1;
  else if (handOverAt(rotation, week + 1) <= at) week += 1;
  return week;
}

/** Who is on call at a moment; null: nobody, because it has not begun or names nobody. */
export function onCallAt(rotation: Rotation, overrides: readonly Override[], at: Date): OnCall | null {
  const week = weekAt(rotation, at);
  const override = overrides
    .filter(({ from, to }) => from <= at && at < to)
    .reduce<Override | null>((last, one) => (last && last.id > one.id ? last : one), null);
  if (override) return { contactId: override.contactId, week, overrideId: override.id };
  const { people } = rotation;
  const contactId = week < 0 ? undefined : people[week % people.length];
  return contactId === undefined ? null : { contactId, week, overrideId: null };
}

/** Everybody's turns between two moments, cut off at both, in order; times in which nobody is on call are left out. */
export function turnsBetween(
  rotation: Rotation,
  overrides: readonly Override[],
  from: Date,
  to: Date,
): Turn[] {
  const marks = new Set([from.getTime()]);
  for (let week = weekAt(rotation, from) + 1; handOverAt(rotation, week) < to; week += 1)
    marks.add(handOverAt(rotation, week).getTime());
  for (const override of overrides) marks.add(override.from.getTime()).add(override.to.getTime());
  const starts = [...marks].filter((at) => at >= from.getTime() && at < to.getTime()).sort((a, b) => a - b);
  const turns: Turn[] = [];
  for (const [place, start] of starts.entries()) {
    const end = new Date(starts[place + 1] ?? to);
    const onCall = onCallAt(rotation, overrides, new Date(start));
    const last = turns.at(-1);
    if (!onCall) continue;
    if (last && last.to.getTime() === start && isSame(last, onCall)) last.to = end;
    else turns.push({ ...onCall, from: new Date(start), to: end });
  }
  return turns;
}

const isSame = (a: OnCall, b: OnCall): boolean =>
  a.contactId === b.contactId &&
  a.overrideId === b.overrideId &&
  (a.overrideId !== null || a.week === b.week);

export interface RotationInput {
  role: string;
  zone: string;
  startsOn: string;
  handOver: string;
  /** Numbers of contacts in turn. */
  people: number[];
}

const YEAR_MS = 366 * 86_400_000;
/** Longer than this it is no override but another rotation, ms. */
const LONGEST_MS = 92 * 86_400_000;

/** @param contacts numbers of those who are there */
export function readRotation(
  fields: URLSearchParams,
  contacts: readonly number[],
  now: Date,
): Read<RotationInput> {
  const role = readRole(fields);
  if (!role.ok) return role;
  const zone = knownZone(lineOf(fields.get('zone')));
  if (!zone) return wrong('zone', 'No time zone has that name. One is, for example, Europe/Berlin.');
  const handOver = lineOf(fields.get('hand_over')).slice(0, 5);
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(handOver)) return wrong('hand_over', 'Give a time, e.g. 09:00.');
  const startsOn = lineOf(fields.get('starts_on'));
  const first = /^\d{4}-\d\d-\d\d$/.test(startsOn) ? wallTime(zone, `${startsOn}T${handOver}`) : null;
  if (!first) return wrong('starts_on', 'Give a day, e.g. 2027-01-04.');
  if (Math.abs(first.getTime() - now.getTime()) > 5 * YEAR_MS)
    return wrong('starts_on', 'Give a day that is less than five years away.');
  const people = fields
    .getAll('person')
    .filter((id) => id !== '')
    .map(Number);
  if (people.length === 0) return wrong('person', 'Choose who is on call first.');
  if (people.length > MOST_PEOPLE) return wrong('person', `Choose at most ${MOST_PEOPLE}.`);
  if (people.some((id) => !contacts.includes(id))) return wrong('person', 'Choose from the contacts.');
  return { ok: true, value: { role: role.value, zone, startsOn, handOver, people } };
}

/** Somebody for a time, by the clock of a zone. */
export function readOverride(
  fields: URLSearchParams,
  zone: string,
  now: Date,
): Read<{ contactId: number; from: Date; to: Date }> {
  const contact = fields.get('contact') ?? '';
  if (!/^[1-9]\d{0,14}$/.test(contact)) return wrong('contact', 'Choose one of the contacts.');
  const momentOf = (name: string) => {
    const local = lineOf(fields.get(name)).slice(0, 16);
    return /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(local) ? wallTime(zone, local) : null;
  };
  const [from, to] = [momentOf('from'), momentOf('until')];
  if (!from) return wrong('from', 'Give a day and a time.');
  if (!to) return wrong('until', 'Give a day and a time.');
  if (to <= from) return wrong('until', 'The end must be after the beginning.');
  if (to <= now) return wrong('until', 'That is over already.');
  if (to.getTime() - from.getTime() > LONGEST_MS)
    return wrong('until', 'At most three months: change the rotation instead.');
  if (from.getTime() - now.getTime() > 2 * YEAR_MS)
    return wrong('from', 'Give a day within the next two years.');
  return { ok: true, value: { contactId: Number(contact), from, to } };
}
