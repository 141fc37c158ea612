import type { Message, MessageKind } from '../notify/message.ts';
import { SEVERITY_MEANING, type Severity } from '../notify/severity.ts';
import { clockWords } from './span-words.ts';

/** What a message needs to know of its incident. */
export interface ToldIncident {
  id: number;
  title: string;
  severity: Severity;
  startedAt: Date;
  acknowledgedBy: string | null;
}

/**
 * What is said about an incident.
 * @param sentence what happened, in one or two sentences about customers and time
 */
export function incidentMessage(
  incident: ToldIncident,
  kind: MessageKind,
  sentence: string,
  now: Date,
): Message {
  return {
    kind,
    severity: incident.severity,
    title: incident.title,
    sentence,
    facts: [
      { label: 'Severity', value: `${incident.severity}, ${SEVERITY_MEANING[incident.severity]}` },
      {
        label: 'Since',
        value: `${incident.startedAt.toISOString().slice(0, 10)} ${clockWords(incident.startedAt)}`,
      },
      { label: 'Acknowledged by', value: incident.acknowledgedBy ?? 'nobody yet' },
    ],
    link: `/incidents/${incident.id}`,
    at: now.toISOString(),
  };
}

/** All messages of one incident are one thread. */
export const threadOf = (incidentId: number): string => `incident-${incidentId}`;
