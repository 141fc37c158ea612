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
  const words = (events: readonly string[]) => [...events].sort().join(', ');
  const same = (other: readonly string[]) => words(now) === words(other);
  return same(before) || same(ours) ? null : words(now) || 'none';
}
