import { storableTime } from '../storable.ts';

/** As seconds this is the year 5138, as milliseconds 1973: numbers from here on are milliseconds. */
const MILLISECONDS_FROM = 1e11;

/**
 * A time as Chatwoot writes it: unix seconds as a number (REST, `waiting_since`, with a fraction in `updated_at`), or
 * ISO 8601 (webhooks).
 * Another program's milliseconds are understood too: a customer whose wait began then must not be left out.
 * @returns null for null, 0 ("never"), whatever is neither, and times outside the years 1970 to 9999
 */
export function chatwootTime(value: unknown): Date | null {
  if (typeof value === 'string') return storableTime(Date.parse(value));
  const seconds = chatwootSeconds(value);
  return seconds === null ? null : storableTime(seconds * 1000);
}

/** Unix seconds with the fraction that a Date would round away; null as for `chatwootTime`. */
export function chatwootSeconds(value: unknown): number | null {
  if (typeof value !== 'number' || value <= 0) return null;
  const seconds = value < MILLISECONDS_FROM ? value : value / 1000;
  return storableTime(seconds * 1000) && seconds;
}
