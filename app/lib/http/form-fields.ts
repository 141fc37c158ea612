import { z } from 'zod';
import { exactId } from '../chatwoot/chatwoot-values.ts';

/** A number of a row, from an address or a form; null when it is none. Fifteen digits stay exact, and fit every key of ours. */
export const parseRowNumber = (text: string | null | undefined): number | null =>
  /^[1-9]\d{0,14}$/.test(text ?? '') ? Number(text) : null;

/** The version that a form was made for; null when it is none. Its columns hold 32 bits. */
export const parseVersion = (text: string | null | undefined): number | null =>
  /^\d{1,9}$/.test(text ?? '') ? Number(text) : null;

/**
 * What a form or a query holds, as one schema: it reads what is sent, and openapi.json is made of it. A field is its text; one
 * that may come several times is an array.
 */
export type FieldsSchema = z.ZodObject<Record<string, z.ZodType>>;

export type ReadFields<T> =
  | { ok: true; value: T }
  /** `isMissing`: a text that somebody has to write is empty. */
  | { ok: false; field: string; isMissing: boolean; problem: string };

const MISSING = 'is missing';

/** A text that has to be there; what is longer than its field takes is cut by whoever stores it. */
export const text = (what: string) => z.string({ error: MISSING }).trim().min(1, MISSING).describe(what);

const read =
  <T>(parse: (text: string) => T | null, problem: string) =>
  (value: string, context: z.RefinementCtx<string>): T => {
    const parsed = parse(value);
    if (parsed !== null) return parsed;
    context.addIssue(problem);
    return z.NEVER;
  };

/** The number of something of ours. */
export const rowNumber = (what: string) =>
  z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'is a number')
    .transform(read(parseRowNumber, 'is a number'))
    .describe(what);

/** The version of what somebody looked at: with another one nothing is done. */
export const version = z
  .string()
  .regex(/^\d{1,9}$/, 'is a number')
  .transform(read(parseVersion, 'is a number'))
  .optional()
  .describe('The version that was looked at: if somebody changed it since, nothing is done.');

/** A number of Chatwoot's, of up to 63 bits. */
export const chatwootNumber = z
  .string()
  .regex(/^\d{1,19}$/, 'is a number of Chatwoot')
  .transform(read((digits) => exactId(digits) || null, 'is a number of Chatwoot'));

/** Whether a field may come several times. */
export function isRepeated(field: z.ZodType): boolean {
  let inner = field;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPipe)
    inner = (inner instanceof z.ZodPipe ? inner.in : inner.unwrap()) as z.ZodType;
  return inner instanceof z.ZodArray;
}

/** Reads fields by their schema; an empty one is none, and what the schema does not know is left alone. */
export function readFields<S extends FieldsSchema>(
  schema: S,
  fields: URLSearchParams,
): ReadFields<z.output<S>> {
  const sent = Object.entries(schema.shape).map(([name, field]) => [
    name,
    isRepeated(field) ? fields.getAll(name) : fields.get(name) || undefined,
  ]);
  const parsed = schema.safeParse(Object.fromEntries(sent));
  if (parsed.success) return { ok: true, value: parsed.data };
  const { path, message } = parsed.error.issues[0]!;
  const field = String(path[0] ?? '');
  const isMissing = message === MISSING;
  return { ok: false, field, isMissing, problem: `The field "${field}" is not understood: ${message}.` };
}

/** Does what the fields say, or says what is wrong with them. */
export async function withFields<S extends FieldsSchema, T>(
  schema: S,
  fields: URLSearchParams,
  act: (value: z.output<S>) => Promise<T>,
): Promise<T | { outcome: 'text_missing' | 'not_understood' }> {
  const sent = readFields(schema, fields);
  return sent.ok ? act(sent.value) : { outcome: sent.isMissing ? 'text_missing' : 'not_understood' };
}
