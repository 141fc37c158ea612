import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { clockWords } from '../../lib/time-words.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { readLadderContacts } from '../incidents/escalation/read-ladder.server.ts';
import { type IncidentRow, SELECT_INCIDENT } from '../incidents/incident-row.server.ts';
import { recordTimeline } from '../incidents/record-timeline.server.ts';
import { aboutIncident, incidentMessage, type ToldIncident } from '../incidents/tell-incident.server.ts';
import { contactAddressee, environmentAddressees, fanOut } from '../notify/recipient.ts';
import type { Message, QueuedMessage } from '../notify/message.ts';
import { queueNotifications } from '../notify/queue-notifications.server.ts';
import type { ReportDue } from './report-view.ts';

/** An incident that was over longer ago than this, ms, is history: e.g. from before there were reports. */
const FORGOTTEN_MS = 7 * 86_400_000;

/**
 * Reminds of each report that is due in 4 hours, and escalates each that is late: once each, by a line in the timeline of
 * the incident that is written with the messages. What was missed while nothing ran is told late; a reminder that its
 * escalation has overtaken is left out.
 * @returns how many were told of
 */
export async function tickReportReminders(services: Services, now: Date): Promise<number> {
  const { pool } = services.db;
  const { rows } = await pool.query<{ id: number }>(
    `SELECT i.id FROM incidents i LEFT JOIN incident_reports r ON r.incident_id = i.id
     WHERE i.status <> 'merged' AND i.drill_id IS NULL AND r.state IS DISTINCT FROM 'signed'
       AND COALESCE(i.recovered_at, i.resolved_at) BETWEEN $1 AND $2 ORDER BY i.id`,
    [new Date(now.getTime() - FORGOTTEN_MS), new Date(now.getTime() - REMIND_AFTER_MS)],
  );
  let told = 0;
  for (const { id } of rows)
    told += (await inTransaction(pool, (client) => tellIfDue(services, client, id, now))) ? 1 : 0;
  if (told > 0) {
    services.changes.announce('page');
    services.changes.announce('work');
  }
  return told;
}

/** Of the incidents that were resolved, the report that is due first; null: every one is signed, or long forgotten. */
export async function readReportDue(pool: pg.Pool, now: Date): Promise<ReportDue | null> {
  const { rows } = await pool.query<{ id: number; over: Date }>({
    name: 'report-due',
    text: `SELECT i.id, COALESCE(i.recovered_at, i.resolved_at) AS over
     FROM incidents i LEFT JOIN incident_reports r ON r.incident_id = i.id
     WHERE i.status = 'resolved' AND i.drill_id IS NULL AND r.state IS DISTINCT FROM 'signed'
       AND COALESCE(i.recovered_at, i.resolved_at) > $1
     ORDER BY over, i.id LIMIT 1`,
    values: [new Date(now.getTime() - FORGOTTEN_MS)],
  });
  const [due] = rows;
  return due ? { incidentId: due.id, dueInMs: reportDueAt(due.over).getTime() - now.getTime() } : null;
}

async function tellIfDue(services: Services, client: pg.PoolClient, id: number, now: Date): Promise<boolean> {
  const { rows } = await client.query<IncidentRow>(
    `${SELECT_INCIDENT} WHERE i.id = $1 AND i.status <> 'merged'
       AND NOT EXISTS (SELECT 1 FROM incident_reports r WHERE r.incident_id = i.id AND r.state = 'signed')
     FOR UPDATE OF i SKIP LOCKED`,
    [id],
  );
  const [incident] = rows;
  const over = incident && (incident.recoveredAt ?? incident.resolvedAt);
  if (!over) return false;
  const due = judgeDue(over, now);
  if (due === 'not_yet' || (await wasTold(client, id, due, over))) return false;
  const message = reminderMessage(incident, { due, over, now });
  await recordTimeline(client, {
    incidentId: id,
    at: now,
    source: 'system',
    kind: `report_${due}`,
    text: message.sentence,
    data: { recoveredAt: over.toISOString() },
  });
  await recordFact(client, {
    type: `support.report.${due}`,
    value: { incident: id, recoveredAt: over },
    now,
  });
  await queueNotifications(client, await outgoing(services, client, incident, { due, over, now }), now);
  return true;
}

/** Of this recovery: an incident that failed again and recovered anew is due anew. */
async function wasTold(
  client: pg.PoolClient,
  id: number,
  due: Reminder['due'],
  over: Date,
): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT 1 FROM incident_timeline WHERE incident_id = $1 AND data->>'recoveredAt' = $2
       AND kind = ANY($3) LIMIT 1`,
    [id, over.toISOString(), due === 'late' ? ['report_late'] : ['report_late', 'report_remind']],
  );
  return rows.length > 0;
}

/** To the environment's channels, and to the roles that answer for it; later ones of a contact only if the first fails. */
async function outgoing(
  services: Services,
  client: pg.PoolClient,
  incident: IncidentRow,
  reminder: Reminder,
): Promise<QueuedMessage[]> {
  const contacts = await readLadderContacts(client, services.config);
  const people = contacts.filter(({ role }) => ROLES_TOLD[reminder.due].includes(role));
  return fanOut(
    {
      ...aboutIncident({ id: incident.id, drillNotify: null }, reminderMessage(incident, reminder)),
      key: `report:${incident.id}:${reminder.due}:${reminder.over.getTime()}`,
    },
    [
      ...environmentAddressees(services.config),
      ...people.flatMap((contact) => contactAddressee(contact) ?? []),
    ],
  );
}

interface Reminder {
  due: Exclude<Due, 'not_yet'>;
  /** When the outage was over. */
  over: Date;
  now: Date;
}

/** Who answers for the report, and who is told when it is late. */
const ROLES_TOLD: Record<Reminder['due'], readonly string[]> = {
  remind: ['Support Lead'],
  late: ['Support Lead', 'Engineering Manager'],
};

/** What is said of a report that nobody has signed. */
function reminderMessage(incident: ToldIncident, { due, over, now }: Reminder): Message {
  const at = reportDueAt(over);
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

const HOUR_MS = 3_600_000;

/** Runbook section 1: the post-mortem is due within 24 hours of the recovery. */
const DUE_AFTER_MS = 24 * HOUR_MS;
/** People are reminded this long after it. */
const REMIND_AFTER_MS = 20 * HOUR_MS;

/** What the time says of a report that is not signed. */
type Due = 'not_yet' | 'remind' | 'late';

/** @param recoveredAt when the outage was over: what the 24 hours count from */
function judgeDue(recoveredAt: Date, now: Date): Due {
  const passed = now.getTime() - recoveredAt.getTime();
  if (passed >= DUE_AFTER_MS) return 'late';
  return passed >= REMIND_AFTER_MS ? 'remind' : 'not_yet';
}

export const reportDueAt = (recoveredAt: Date): Date => new Date(recoveredAt.getTime() + DUE_AFTER_MS);
