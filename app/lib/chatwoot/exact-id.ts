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
