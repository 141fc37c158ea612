import { incidentMessage, type ToldIncident } from '../incidents/incident-message.ts';
import { clockWords } from '../incidents/span-words.ts';
import type { Message } from '../notify/message.ts';
import { dueAt, type Due } from './due.ts';

export interface Reminder {
  due: Exclude<Due, 'not_yet'>;
  /** When the outage was over. */
  over: Date;
  now: Date;
}

/** Who answers for the report, and who is told when it is late. */
export const ROLES_TOLD: Record<Reminder['due'], readonly string[]> = {
  remind: ['Support Lead'],
  late: ['Support Lead', 'Engineering Manager'],
};

/** What is said of a report that nobody has signed. */
export function reminderMessage(incident: ToldIncident, { due, over, now }: Reminder): Message {
  const at = dueAt(over);
  const when = `${at.toISOString().slice(0, 10)} ${clockWords(at)}`;
  const sentence =
    due === 'late'
      ? `The incident report is late: it was due at ${when}, 24 hours after the recovery, and nobody has signed it.`
      : `The incident report is due at ${when}, and nobody has signed it yet. What is on record is filled in; the root cause and the preventive actions are for you to write.`;
  return {
    ...incidentMessage(incident, 'report_due', sentence, now),
    // The outage is over: this is no P0 any more.
    severity: due === 'late' ? 'warning' : 'info',
    link: `/incidents/${incident.id}/report`,
  };
}
