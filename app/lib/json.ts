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
