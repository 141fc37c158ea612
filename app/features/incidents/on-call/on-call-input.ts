import { knownZone } from '../../../lib/zone.ts';
import { lineOf, type Read, readRole, wrong } from '../escalation/contacts-input.ts';
import { MOST_PEOPLE } from './on-call-view.ts';
import { wallTime } from './on-call.ts';

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
