import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { threadOf } from '../incidents/incident-message.ts';
import { SELECT_INCIDENT, type IncidentRow } from '../incidents/incident-row.server.ts';
import { readContacts } from '../incidents/read-ladder.server.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { recordTimeline } from '../incidents/record-timeline.server.ts';
import { channelKey } from '../notify/channel-key.ts';
import { environmentChannels } from '../notify/environment-channels.ts';
import type { Channel, OutgoingMessage } from '../notify/message.ts';
import { queueNotifications } from '../notify/queue-notifications.server.ts';
import { judgeDue, REMIND_AFTER_MS } from './due.ts';
import { ROLES_TOLD, reminderMessage, type Reminder } from './reminder-message.ts';

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
): Promise<OutgoingMessage[]> {
  const message = reminderMessage(incident, reminder);
  const contacts = await readContacts(client, services.config);
  const key = (channel: Channel) =>
    `report:${incident.id}:${reminder.due}:${reminder.over.getTime()}:${channelKey(channel)}`;
  const common = { thread: threadOf(incident.id), incidentId: incident.id, message, drill: null };
  const people = contacts
    .filter(({ role, channels }) => ROLES_TOLD[reminder.due].includes(role) && channels.length > 0)
    .map(({ id, channels }) => {
      const [channel, ...fallbacks] = channels.map((one): Channel => ({
        kind: one.kind,
        of: 'contact',
        contactId: id,
        channelId: one.id,
      }));
      return { ...common, dedupeKey: key(channel!), contactId: id, channel: channel!, fallbacks };
    });
  return [
    ...environmentChannels(services.config).map((channel) => ({
      ...common,
      dedupeKey: key(channel),
      contactId: null,
      channel,
      fallbacks: [],
    })),
    ...people,
  ];
}
