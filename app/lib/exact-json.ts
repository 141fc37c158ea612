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
