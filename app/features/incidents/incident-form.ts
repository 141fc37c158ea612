import { parseRowNumber } from '../../lib/http/row-number.ts';
/** What may be done at `/api/incidents/:id/:verb`. */
export const INCIDENT_VERBS = [
  'acknowledge',
  'assign',
  'severity',
  'note',
  'resolve',
  'reopen',
  'merge',
  'run-step',
  'tick-step',
  'skip-step',
  'untick-step',
] as const;
export type IncidentVerb = (typeof INCIDENT_VERBS)[number];

/** @returns null for what is no verb, or no number */
export function parseIncidentPath(
  id: string | undefined,
  verb: string | undefined,
): { incidentId: number; verb: IncidentVerb } | null {
  const incidentId = parseRowNumber(id);
  const known = INCIDENT_VERBS.find((one) => one === verb);
  return incidentId !== null && known ? { incidentId, verb: known } : null;
}

/** What it is about, as the form says it; undefined for what is none of these. */
export function parseManualCause(text: string | null): 'chatwoot' | 'delivery' | 'intake' | null | undefined {
  if (!text) return null;
  return text === 'chatwoot' || text === 'delivery' || text === 'intake' ? text : undefined;
}
