import { z } from 'zod';
import { chatwootNumber, readFields, rowNumber, text, version } from '../../lib/http/form-fields.ts';
import type { FallbackOptions } from './fallback-view.ts';

/** Inboxes one step may name; an account has a few dozen. */
const MOST_INBOXES = 200;

const optionFields = z.object({
  inbox: z
    .array(chatwootNumber)
    .max(MOST_INBOXES)
    .describe('Inboxes of Chatwoot that answer with the out-of-office message meanwhile.'),
  webhook: z
    .enum(['left', 'disabled'])
    .default('left')
    .describe('Whether Chatwoot goes on sending webhooks, which are stored and held.'),
});

/** Switches fallback mode. */
export const TOGGLE_FIELDS = optionFields.extend({
  to: z.enum(['on', 'off']),
  reason: text('Why.'),
  override: z.string().optional().describe('Why it goes off although the restore checklist is open.'),
  version,
});

/** Further steps while fallback mode is on, by the field `do`. */
export const STEP_FIELDS = {
  add: optionFields.extend({ do: z.literal('add') }),
  retry: z.object({ do: z.literal('retry'), step: rowNumber('The step that failed.') }),
  restore: z.object({
    do: z.literal('restore'),
    run: rowNumber('The time in which it was on.'),
    seq: z.array(rowNumber('')).describe('Messages that were left out, by number; none: all of them.'),
  }),
} as const;

/** The options of fields that were read. */
export const optionsOf = ({ inbox, webhook }: z.output<typeof optionFields>): FallbackOptions => ({
  inboxes: [...new Set(inbox)],
  webhook,
});

/** The options of a form: `inbox` as often as there are inboxes, `webhook=disabled`. Null: not understood. */
export function optionsFromParams(params: URLSearchParams): FallbackOptions | null {
  const sent = readFields(optionFields, params);
  return sent.ok ? optionsOf(sent.value) : null;
}
