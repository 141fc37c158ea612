import { isDeepStrictEqual } from 'node:util';
import { storableText } from '../../../lib/storable.ts';

/** When an inbox is open and what it answers when it is not, as Chatwoot writes it. */
interface Hours {
  working_hours_enabled: boolean;
  out_of_office_message: string | null;
  working_hours: readonly Day[];
}

type Day = Record<string, unknown>;

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
/** A step's result is cut at 1000 characters. */
const LONGEST = 500;

/**
 * What somebody changed of an inbox in Chatwoot while fallback mode had closed it, in words.
 * @param now as it is found when it is to be restored
 * @param before as it was found before fallback mode
 * @param ours messages that fallback mode set
 * @returns null when it is as fallback mode left it, or as it was before
 */
export function changedHours(
  now: Hours,
  { before, ours }: { before: Hours; ours: readonly string[] },
): string | null {
  const message = now.out_of_office_message;
  const isOther = message !== before.out_of_office_message && !ours.includes(message ?? '');
  const said = message ? `“${storableText(message, LONGEST)}”` : 'none';
  const isClosed =
    now.working_hours_enabled && now.working_hours.every(({ closed_all_day }) => closed_all_day);
  const hours = hoursWords(now);
  const parts = [
    isOther && `the out-of-office message to ${said}`,
    !isClosed && hours !== hoursWords(before) && `the office hours to ${hours}`,
  ].filter((part) => part !== false);
  return parts.join(' and ') || null;
}

/** Whether an inbox is open at the same times and says the same when it is not. */
export const sameHours = (a: Hours, b: Hours): boolean =>
  a.working_hours_enabled === b.working_hours_enabled &&
  a.out_of_office_message === b.out_of_office_message &&
  isDeepStrictEqual(byDay(a), byDay(b));

const byDay = ({ working_hours: days }: Hours) =>
  days
    .map((day) => DAY_FIELDS.map((field) => day[field] ?? null))
    .sort((a, b) => Number(a[0]) - Number(b[0]));
const DAY_FIELDS = [
  'day_of_week',
  'closed_all_day',
  'open_all_day',
  'open_hour',
  'open_minutes',
  'close_hour',
  'close_minutes',
];

/** Whether a webhook has the same events, in whatever order. */
export const sameEvents = (a: readonly string[], b: readonly string[]): boolean =>
  a.toSorted().join() === b.toSorted().join();

/** "off", or "Mon 09:00–17:00, …, Sun closed". */
function hoursWords({ working_hours_enabled: isOn, working_hours: days }: Hours): string {
  if (!isOn) return 'off';
  return days.map((day) => `${DAYS[Number(day.day_of_week)] ?? '?'} ${dayWords(day)}`).join(', ');
}

function dayWords(day: Day): string {
  if (day.closed_all_day === true) return 'closed';
  if (day.open_all_day === true) return 'all day';
  const clock = (hour: unknown, minutes: unknown) =>
    [hour, minutes].map((part) => String(Number(part)).padStart(2, '0')).join(':');
  return `${clock(day.open_hour, day.open_minutes)}–${clock(day.close_hour, day.close_minutes)}`;
}

/** What somebody changed of a webhook's events meanwhile; null when they are as fallback mode left them, or as they were. */
export function changedEvents(
  now: readonly string[],
  { before, ours }: { before: readonly string[]; ours: readonly string[] },
): string | null {
  if (sameEvents(now, before) || sameEvents(now, ours)) return null;
  return now.toSorted().join(', ') || 'none';
}
