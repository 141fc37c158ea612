import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { storableJson } from '../../lib/storable.ts';
import type { Channel, OutgoingMessage } from '../notify/message.ts';
import { queueNotifications } from '../notify/queue-notifications.server.ts';
import type { LadderContact } from './escalation-ladder.ts';
import { incidentMessage, threadOf } from './incident-message.ts';
import type { IncidentRow } from './incident-row.server.ts';
import type { LadderRow } from './incident-view.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { recordTimeline } from './record-timeline.server.ts';
import { spanWords } from './span-words.ts';
import type { ToldContact } from './tell-incident.server.ts';

/** Later than this after it was due, a step is called late, ms. */
const LATE_MS = 60_000;

/**
 * Tells the people of a step, or records that there is nobody to tell; a gap that was filled since is told now. The key
 * of `escalations` lets each step through once.
 * @returns whether something was done
 */
export async function takeStep(
  services: Services,
  client: pg.PoolClient,
  incident: IncidentRow,
  row: LadderRow,
  people: readonly LadderContact[],
  now: Date,
): Promise<boolean> {
  const told = people.map(toldOf);
  const outcome = told.length > 0 ? 'told' : 'gap';
  const written = await client.query(
    `INSERT INTO escalations AS e (incident_id, step_id, due_at, at, outcome, contacts) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (incident_id, step_id) DO UPDATE SET at = excluded.at, outcome = excluded.outcome, contacts = excluded.contacts
     WHERE e.outcome = 'gap' AND excluded.outcome = 'told'`,
    [incident.id, row.stepId, row.dueAt, now, outcome, storableJson(told)],
  );
  if (written.rowCount !== 1) return false;
  const late = now.getTime() - Math.max(new Date(row.dueAt).getTime(), incident.openedAt.getTime());
  const lateWords = late * incident.speed >= LATE_MS ? `, ${spanWords(late)} late` : '';
  const names = people.map(({ name, role }) => (name && name !== role ? `${role} (${name})` : role));
  await recordTimeline(client, {
    incidentId: incident.id,
    at: now,
    source: 'escalation',
    kind: outcome,
    text:
      outcome === 'gap'
        ? `${row.role}: nobody to tell. ${row.reason}`
        : `Told ${names.join(', ')}${lateWords}. ${row.reason}`,
    data: { step: row.stepId, dueAt: row.dueAt, contacts: told.map(({ contactId }) => contactId) },
  });
  await recordFact(client, {
    type: 'support.incident.escalated',
    value: {
      incident: incident.id,
      step: row.stepId,
      role: row.role,
      outcome,
      dueAt: row.dueAt,
      lateMs: late,
    },
    now,
  });
  await queueNotifications(
    client,
    told.map((contact) => messageTo(contact, incident, row, now)),
    now,
  );
  return true;
}

/** Over a contact's first channel; the others, in their order, if that one fails. */
function toldOf({ id, name, role, channels }: LadderContact): ToldContact {
  const [channel, ...fallbacks] = channels.map(({ kind, id: channelId }): Channel => ({
    kind,
    of: 'contact',
    contactId: id,
    channelId,
  }));
  return { contactId: id, name: name || role, channel: channel!, fallbacks };
}

function messageTo(
  { contactId, channel, fallbacks }: ToldContact,
  incident: IncidentRow,
  row: LadderRow,
  now: Date,
): OutgoingMessage {
  const lasts = spanWords(now.getTime() - incident.startedAt.getTime());
  const who = incident.acknowledgedBy
    ? `${incident.acknowledgedBy} is on it.`
    : 'Nobody has acknowledged it yet.';
  const sentence = `It lasts for ${lasts}. ${who} You are told as ${row.role} (${row.reason}).`;
  return {
    dedupeKey: `incident:${incident.id}:step:${row.stepId}:${contactId}`,
    thread: threadOf(incident.id),
    incidentId: incident.id,
    contactId,
    channel,
    fallbacks,
    message: incidentMessage(incident, 'escalated', sentence, now),
    drill: incident.drillNotify,
  };
}
