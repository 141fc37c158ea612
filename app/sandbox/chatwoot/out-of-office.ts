import type { Conversation } from './records.ts';

export interface WorkingDay {
  /** 0 is Sunday. */
  day_of_week: number;
  closed_all_day: boolean;
  open_all_day: boolean;
  open_hour: number | null;
  open_minutes: number | null;
  close_hour: number | null;
  close_minutes: number | null;
}

export interface Hours {
  working_hours_enabled: boolean;
  out_of_office_message: string | null;
  timezone: string;
  working_hours: WorkingDay[];
}

/** A person who answered this recently is there, whatever the hours say, ms. */
const JUST_ANSWERED_MS = 5 * 60_000;

/**
 * What Chatwoot answers a customer by itself: outside the hours, once a day in each conversation, and not while a person
 * answers. Null: nothing.
 */
export function outOfOfficeReply(hours: Hours, { messages }: Conversation, now: number): string | null {
  if (!hours.working_hours_enabled || !hours.out_of_office_message || !isClosed(hours, now)) return null;
  const today = new Date(now).toISOString().slice(0, 10);
  const answeredToday = messages.some(
    ({ type, createdAt }) => type === 'template' && new Date(createdAt).toISOString().startsWith(today),
  );
  const personIsThere = messages.some(
    (message) =>
      message.type === 'outgoing' &&
      !message.private &&
      message.sender?.kind === 'agent' &&
      now - message.createdAt < JUST_ANSWERED_MS,
  );
  return answeredToday || personIsThere ? null : hours.out_of_office_message;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Judged by today in the inbox's own time zone. */
function isClosed({ timezone, working_hours }: Hours, now: number): boolean {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: string) => parts.find((one) => one.type === type)!.value;
  const day = working_hours.find(({ day_of_week }) => day_of_week === DAYS.indexOf(part('weekday')));
  if (!day || day.closed_all_day) return true;
  if (day.open_all_day) return false;
  const minute = Number(part('hour')) * 60 + Number(part('minute'));
  return minute < opening(day) || minute >= closing(day);
}

export const opening = ({ open_hour, open_minutes }: WorkingDay) =>
  (open_hour ?? 0) * 60 + (open_minutes ?? 0);
export const closing = ({ close_hour, close_minutes }: WorkingDay) =>
  (close_hour ?? 0) * 60 + (close_minutes ?? 0);
