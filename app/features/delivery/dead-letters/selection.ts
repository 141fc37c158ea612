import { z } from 'zod';
import { readFields } from '../../../lib/http/form-fields.ts';

/** More entries than this are selected by a filter, not one by one. */
const MAX_SELECTED_IDS = 10_000;

/** PostgreSQL's text takes every character but NUL. */
const word = z
  .string()
  .trim()
  .min(1)
  .max(300)
  .refine((text) => !text.includes('\0'));
/** Years of five digits are no times that PostgreSQL reads. */
const LATEST_MS = Date.UTC(10_000, 0);
const moment = z
  .string()
  .refine((text) => {
    const ms = Date.parse(text);
    return ms >= 0 && ms < LATEST_MS;
  }, 'is not a time')
  .transform((text) => new Date(text).toISOString());

/**
 * Which dead letters of a list; every field narrows. `event`, `errorClass`, `status` and `cause` as recorded in
 * the dead letter, `conversation` is Chatwoot's number or our `account:number` key, `since` and `until` are when
 * it became a dead letter, `text` is looked for in the error, the payload, the customer and the conversation.
 */
const filterSchema = z.strictObject({
  event: word.optional(),
  errorClass: word.optional(),
  status: z.coerce.number().int().min(100).max(599).optional(),
  cause: word.optional(),
  conversation: word.optional(),
  since: moment.optional(),
  until: moment.optional(),
  text: word.optional(),
});
export type DeadLetterFilter = z.infer<typeof filterSchema>;

/** Dead letters that an action is about: by number, by filter (also those not in view), or all open ones. */
const selectionSchema = z.union([
  z.strictObject({
    ids: z
      .array(z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER))
      .min(1)
      .max(MAX_SELECTED_IDS)
      .transform((ids) => [...new Set(ids)]),
  }),
  z.strictObject({ filter: filterSchema }),
  z.strictObject({ all: z.literal(true) }),
]);
export type Selection = z.infer<typeof selectionSchema>;

const { shape } = filterSchema;
const when = (what: string) =>
  z.string().optional().describe(`${what}: a time, or an age such as 30m, 24h or 7d.`);

/** The fields by which a form selects dead letters; see `selectionFromParams`. */
export const selectionFields = z.object({
  scope: z
    .enum(['selected', 'matching', 'all'])
    .optional()
    .describe('What counts: the numbers in "id", what matches the other fields, or all open ones.'),
  all: z.string().optional().describe('1, without "scope": all open ones.'),
  id: z.array(z.string()).describe('Numbers of dead letters, one a field or separated by commas.'),
  event: shape.event.describe('Name of the webhook, such as message_created.'),
  error: shape.errorClass.describe('Class of the error.'),
  status: shape.status.describe('HTTP status that the Agent service answered.'),
  cause: shape.cause.describe('Why it was given up.'),
  conversation: shape.conversation.describe("Chatwoot's number of the conversation."),
  since: when('Dead since'),
  until: when('Dead until'),
  text: shape.text.describe('Looked for in the message. Takes the right "texts.read".'),
});

export type Parsed<T> = { ok: true; value: T } | { ok: false; problem: string };

/** Names of the filter in a URL; the flags of `ops:replay-dlq` are the same words. */
const PARAMS = {
  event: 'event',
  errorClass: 'error',
  status: 'status',
  cause: 'cause',
  conversation: 'conversation',
  since: 'since',
  until: 'until',
  text: 'text',
} as const satisfies Record<keyof DeadLetterFilter, string>;

const FIELDS = Object.keys(PARAMS) as (keyof DeadLetterFilter)[];

/**
 * Filter of a page's or form's parameters; empty ones do not narrow.
 * @param now `since` and `until` may be an age such as `30m`, `24h` or `7d`, counted back from it
 */
export function filterFromParams(params: URLSearchParams, now: Date): Parsed<DeadLetterFilter> {
  const raw: Record<string, string> = {};
  for (const field of FIELDS) {
    const text = params.get(PARAMS[field])?.trim();
    if (!text) continue;
    raw[field] = field === 'since' || field === 'until' ? absoluteTime(text, now) : text;
  }
  return checked(filterSchema.safeParse(raw));
}

/** The parameters that `filterFromParams` reads back as the same filter. */
export function filterToParams(filter: DeadLetterFilter): URLSearchParams {
  const params = new URLSearchParams();
  for (const field of FIELDS) {
    const value = filter[field];
    if (value !== undefined) params.set(PARAMS[field], String(value));
  }
  return params;
}

/**
 * Selection of a form: `scope` says what the pressed button is about: `selected` (the `id` fields),
 * `matching` (the filter fields) or `all`. Without `scope`: `all=1`, else ids, else a filter that narrows.
 * Nothing selected is a problem, never "all".
 */
export function selectionFromParams(params: URLSearchParams, now: Date): Parsed<Selection> {
  const sent = readFields(selectionFields, params);
  if (!sent.ok) return { ok: false, problem: `The selection is not understood (${sent.field}).` };
  const ids = sent.value.id.flatMap((text) => text.split(',').filter((part) => part.trim() !== ''));
  const filter = filterFromParams(params, now);
  if (!filter.ok) return filter;
  const narrows = Object.keys(filter.value).length > 0;
  const scope = sent.value.scope ?? scopeOf(sent.value.all === '1', ids.length > 0, narrows);
  switch (scope) {
    case 'all':
      return { ok: true, value: { all: true } };
    case 'matching':
      return { ok: true, value: narrows ? { filter: filter.value } : { all: true } };
    case 'selected':
      if (ids.length === 0) return { ok: false, problem: 'No dead letter is selected.' };
      if (ids.length > MAX_SELECTED_IDS)
        return {
          ok: false,
          problem: `At most ${MAX_SELECTED_IDS} entries can be selected one by one: use a filter.`,
        };
      return checked(selectionSchema.safeParse({ ids }));
    default:
      return { ok: false, problem: 'No dead letter is selected.' };
  }
}

function scopeOf(all: boolean, someIds: boolean, narrows: boolean): string {
  if (all) return 'all';
  if (someIds) return 'selected';
  return narrows ? 'matching' : 'nothing';
}

/** A selection for the audit log: numbers beyond the first hundred are only counted. */
export function briefSelection(selection: Selection): object {
  if (!('ids' in selection) || selection.ids.length <= MAX_AUDITED) return selection;
  return { ids: selection.ids.slice(0, MAX_AUDITED), more: selection.ids.length - MAX_AUDITED };
}

/** The form fields that `selectionFromParams` reads back as the same selection. */
export function selectionToParams(selection: Selection): URLSearchParams {
  if ('all' in selection) return new URLSearchParams({ scope: 'all' });
  if ('ids' in selection)
    return new URLSearchParams([['scope', 'selected'], ...selection.ids.map((id) => ['id', String(id)])]);
  const params = filterToParams(selection.filter);
  params.set('scope', 'matching');
  return params;
}

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `24h` → the time 24 h before now; anything else stays as it is, to be judged as a time. */
function absoluteTime(text: string, now: Date): string {
  const age = /^(\d{1,6})\s*([smhd])$/.exec(text);
  const unit = UNIT_MS[age?.[2] ?? ''];
  if (!age || unit === undefined) return text;
  return new Date(now.getTime() - Number(age[1]) * unit).toISOString();
}

function checked<T>(result: z.ZodSafeParseResult<T>): Parsed<T> {
  if (result.success) return { ok: true, value: result.data };
  const issue = result.error.issues[0];
  const where = issue?.path.map(String)[0];
  return { ok: false, problem: `The selection is not understood${where ? ` (${where})` : ''}.` };
}

/** Entries that an audit row names by number; the facts of discards and restores name every one. */
export const MAX_AUDITED = 100;

/** What an audit row says was changed, e.g. `dead letter 12` or `37 dead letters`. */
export function targetOf(ids: readonly number[], count: number): string {
  return count === 1 ? `dead letter ${ids[0]}` : `${count} dead letters`;
}
