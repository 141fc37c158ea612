import { z } from 'zod';
import { parseRowNumber, rowNumber, text, version } from '../../lib/http/form-fields.ts';
import { SEVERITIES, SEVERITY_MEANING } from '../../lib/severity.ts';

const severity = z
  .enum(SEVERITIES)
  .describe(SEVERITIES.map((level) => `${level}: ${SEVERITY_MEANING[level]}`).join('. '));
const step = text("The step's `key` in the guide of the incident.");
const noted = z.object({ version, step, note: z.string().optional().describe('What was seen.') });

/** What may be done at `/api/incidents/:id/:verb`, with the fields of each. */
export const INCIDENT_FIELDS = {
  acknowledge: z.object({ version }),
  assign: z.object({
    version,
    assignee: z.string().optional().describe('Who takes it, by name; empty: nobody.'),
  }),
  severity: z.object({ version, severity, reason: text('Why it is raised or lowered.') }),
  note: z.object({ version, text: text('The note; up to 5,000 characters are kept.') }),
  resolve: z.object({
    version,
    resolution: text('What was done about it.'),
    overrideReason: z
      .string()
      .optional()
      .describe('Why it is resolved although a rule fires, or its recovery is not proved.'),
  }),
  reopen: z.object({ version, reason: text('Why it is opened again.') }),
  merge: z.object({ version, into: rowNumber('The incident that it becomes a part of.') }),
  'run-step': z.object({ step }),
  'tick-step': noted,
  'skip-step': noted,
  'untick-step': noted,
} as const;
export type IncidentVerb = keyof typeof INCIDENT_FIELDS;
export const INCIDENT_VERBS = Object.keys(INCIDENT_FIELDS) as IncidentVerb[];

/** An incident opened by hand. */
export const OPEN_FIELDS = z.object({
  title: text('What is wrong, in a few words.'),
  reason: text('What was seen.'),
  severity,
  cause: z
    .enum(['chatwoot', 'delivery', 'intake'])
    .optional()
    .describe('What it is about, if it is one that the guide knows.'),
});

/** Which incidents are listed. */
export const LIST_QUERY = z.object({
  page: rowNumber('From 1.').optional(),
  all: z
    .enum(['0', '1'])
    .optional()
    .describe('1: every one, not only those that need somebody or began within a week.'),
});

/** @returns null for what is no verb, or no number */
export function parseIncidentPath(
  id: string | undefined,
  verb: string | undefined,
): { incidentId: number; verb: IncidentVerb } | null {
  const incidentId = parseRowNumber(id);
  const known = INCIDENT_VERBS.find((one) => one === verb);
  return incidentId !== null && known ? { incidentId, verb: known } : null;
}
