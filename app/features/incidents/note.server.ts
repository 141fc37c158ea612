import type { Services } from '../../lib/services.server.ts';
import {
  changeIncident,
  cleaned,
  recordDeed,
  TEXT_LENGTH,
  type IncidentRequest,
  type Refusal,
} from './change-incident.server.ts';

export type NoteOutcome = { outcome: 'noted' } | Refusal;

/** Adds somebody's note to the timeline, also after the incident was resolved. */
export function note(services: Services, request: IncidentRequest & { text: string }): Promise<NoteOutcome> {
  const text = cleaned(request.text, TEXT_LENGTH);
  if (!text) return Promise.resolve({ outcome: 'text_missing' });
  return changeIncident<Exclude<NoteOutcome, Refusal>>(services, request, async (client, incident) => {
    if (incident.status === 'merged') return { outcome: 'wrong_state', status: incident.status };
    await recordDeed(services, client, incident, request, { verb: 'note', text, fields: {} });
    return { outcome: 'noted' };
  });
}
