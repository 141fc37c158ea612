import { storableTime } from '../storable.ts';

/**
 * A number that Chatwoot counts with: a number as long as JavaScript holds it exactly, beyond 2^53 its digits. There is one form
 * for each, so that equal ids are `===`; what is larger and smaller tells `compareIds`.
 */
export type ExactId = number | `${bigint}`;

const LARGEST = 2n ** 63n - 1n;

/** @returns null for whatever is no such number, or fits no column of a database */
export function exactId(value: unknown): ExactId | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null;
  if (typeof value !== 'string' || !/^\d{1,19}$/.test(value)) return null;
  const id = BigInt(value);
  if (id <= Number.MAX_SAFE_INTEGER) return Number(id);
  return id <= LARGEST ? `${id}` : null;
}

/** For sorting, smallest first. */
export function compareIds(a: ExactId, b: ExactId): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [one, other] = [BigInt(a), BigInt(b)];
  return one < other ? -1 : Number(one > other);
}

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
