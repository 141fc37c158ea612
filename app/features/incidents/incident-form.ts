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
  const incidentId = parseIncidentId(id);
  const known = INCIDENT_VERBS.find((one) => one === verb);
  return incidentId !== null && known ? { incidentId, verb: known } : null;
}

/** @returns null for what is no number of an incident */
export const parseIncidentId = (id: string | null | undefined): number | null =>
  id && /^[1-9]\d{0,14}$/.test(id) ? Number(id) : null;

/** The version that the form was made for; null: whatever it is now. */
export const parseVersion = (text: string | null): number | null =>
  text && /^\d{1,9}$/.test(text) ? Number(text) : null;

/** What it is about, as the form says it; undefined for what is none of these. */
export function parseManualCause(text: string | null): 'chatwoot' | 'delivery' | 'intake' | null | undefined {
  if (!text) return null;
  return text === 'chatwoot' || text === 'delivery' || text === 'intake' ? text : undefined;
}
