import { visible } from './visible.ts';

/** From 16 digits on a whole number may be one that JavaScript rounds (2^53 has 16). */
const MAY_BE_LARGE = /[:[,\s]-?\d{16}/;

/** Of a reviver's third argument TypeScript's library does not know yet. */
type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

const keepDigits: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
    ? source
    : value;

/**
 * JSON as JavaScript has it, but for whole numbers beyond 2^53: those come as their digits, so that two ids that differ in
 * the last one stay two. Texts without such numbers cost one look.
 * @throws SyntaxError
 */
export function parseExact(text: string): unknown {
  if (!MAY_BE_LARGE.test(text)) return JSON.parse(text) as unknown;
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown) as unknown;
}

export type JsonRecord = Record<string, unknown>;

export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field of an object; undefined when it is none. */
export const fieldOf = (json: unknown, name: string): unknown => (isRecord(json) ? json[name] : undefined);

export const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** A text or a number as text; empty for what is neither: making text of `{"toString":1}` throws. */
export const wordOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

export const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

export const recordOf = (value: unknown): JsonRecord => (isRecord(value) ? value : {});

/** What `read` makes of each element; elements it does not understand are left out. Undefined when it is no array. */
export function listOf<T>(json: unknown, read: (one: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(json)) return undefined;
  return json.flatMap((one) => read(one) ?? []);
}

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
