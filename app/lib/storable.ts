import { visible } from './visible.ts';

/**
 * The gate for text from outside: what it lets through, PostgreSQL takes in a text or jsonb column. No NUL, no half of a
 * surrogate pair, at most `max` UTF-16 units; cut first, so that the cut itself leaves no half behind.
 */
export function storableText(value: string, max = Number.POSITIVE_INFINITY): string {
  const kept = value.length > max ? value.slice(0, wholeUpTo(value, max)) : value;
  return kept.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** The same for a name that a page will show: what would act in it is spelled out, and the spelling is not cut in two either. */
export function storableName(value: string, max: number): string {
  return storableText(visible(storableText(value, max)), max);
}

/** What jsonb refuses, as JSON.stringify writes it: NUL and halves of surrogate pairs. Now and then it only looks like them. */
const REFUSED = /\\u(?:0000|d[89a-f])/;

/** JSON text that PostgreSQL's jsonb takes, keys included; numbers that JSON has no way to write become null. */
export function storableJson(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    // It writes no bigint.
    if (!(error instanceof TypeError)) throw error;
  }
  // Hundreds of rows at once, and hardly ever one with such a character: looking at each value takes five times as long.
  return json !== undefined && !REFUSED.test(json) ? json : JSON.stringify(value, storableField);
}

function storableField(_key: string, inner: unknown): unknown {
  if (typeof inner === 'string') return storableText(inner);
  if (typeof inner === 'bigint') return String(inner);
  if (inner && typeof inner === 'object' && !Array.isArray(inner))
    return Object.fromEntries(Object.entries(inner).map(([key, field]) => [storableText(key), field]));
  return inner;
}

/** Times that every side can write: PostgreSQL, ISO 8601 with four digits, and people. */
const FIRST_MS = 0;
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** A time within the years 1970 to 9999; null for any other and for what is no time at all. */
export function storableTime(ms: number): Date | null {
  return Number.isFinite(ms) && ms >= FIRST_MS && ms <= LAST_MS ? new Date(Math.round(ms)) : null;
}

const INT4_MAX = 2 ** 31 - 1;

/** A whole number that fits PostgreSQL's integer, rounded; null for any other. */
export function storableInt(value: unknown): number | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  const whole = Math.round(value);
  return Math.abs(whole) <= INT4_MAX ? whole : null;
}

/** How many of the first `max` units are whole characters. */
function wholeUpTo(text: string, max: number): number {
  const unit = text.charCodeAt(max - 1);
  return unit >= 0xd800 && unit <= 0xdbff ? max - 1 : max;
}
