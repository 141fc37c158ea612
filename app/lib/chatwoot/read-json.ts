export type JsonRecord = Record<string, unknown>;

export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field of an object; undefined when it is none. */
export const fieldOf = (json: unknown, name: string): unknown => (isRecord(json) ? json[name] : undefined);

export const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

export const recordOf = (value: unknown): JsonRecord => (isRecord(value) ? value : {});

/** What `read` makes of each element; elements it does not understand are left out. Undefined when it is no array. */
export function listOf<T>(json: unknown, read: (one: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(json)) return undefined;
  return json.flatMap((one) => read(one) ?? []);
}
