import type { IncidentSummary } from './incident-view.ts';
import { clockWords, spanWords } from './span-words.ts';

/** How an incident stands, in a sentence or two about time and people. */
export function incidentSentence(
  incident: Omit<IncidentSummary, 'drill' | 'version'> & { resolution?: string | null },
  now: Date,
): string {
  const { title, startedAt, acknowledgedBy, recoveredAt, resolvedAt, resolvedBy, mergedInto } = incident;
  const start = new Date(startedAt);
  const until = (end: string) => spanWords(Date.parse(end) - start.getTime());
  if (incident.status === 'merged') return `${title}: it goes on in incident ${mergedInto}.`;
  if (incident.status === 'resolved' && resolvedAt) {
    const how = incident.resolution ? `: ${incident.resolution}` : '.';
    return `It lasted ${until(recoveredAt ?? resolvedAt)}. ${resolvedBy ?? 'Somebody'} resolved it at ${clockWords(new Date(resolvedAt))}${how}`;
  }
  const who = acknowledgedBy ? `${acknowledgedBy} is on it.` : 'Nobody has acknowledged it yet.';
  if (recoveredAt)
    return `It works again since ${clockWords(new Date(recoveredAt))}, after ${until(recoveredAt)}. Check the recovery and resolve the incident. ${acknowledgedBy ? '' : who}`.trim();
  return `${title} since ${clockWords(start)}, for ${spanWords(now.getTime() - start.getTime())}. ${who}`;
}
