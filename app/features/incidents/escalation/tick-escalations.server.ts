import type pg from 'pg';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { storableJson } from '../../../lib/storable.ts';
import { durationText, spanWords } from '../../../lib/time-words.ts';
import { recordFact } from '../../facts/record-fact.server.ts';
import { peopleWith } from '../../access/people/message-reader.server.ts';
import { contactAddressee } from '../../notify/recipient.ts';
import { devicesOf } from '../../notify/channels/push/devices.server.ts';
import { channelKey, type StoredChannel } from '../../notify/channel.ts';
import type { Channel, QueuedMessage } from '../../notify/message.ts';
import { queueNotifications } from '../../notify/queue-notifications.server.ts';
import { type IncidentRow, SELECT_INCIDENT } from '../incident-row.server.ts';
import type { LadderRow } from '../incident-view.ts';
import { lastPartMs, outageMs, partSentence, steadyAt, stillAt } from '../outage-clock.ts';
import { emailsOf } from '../message-links/message-links.server.ts';
import { recordTimeline } from '../record-timeline.server.ts';
import { settleFlapping } from '../resolve-incident.server.ts';
import { aboutIncident, incidentMessage, type ToldContact } from '../tell-incident.server.ts';
import { readRotations } from '../on-call/read-on-call.server.ts';
import {
  escalationLadder,
  holdersOf,
  type LadderContact,
  type PolicyStep,
  type RoleHolders,
  type RoleRotation,
} from './escalation-ladder.ts';
import { readLadderContacts, readPolicy, readStepsTaken } from './read-ladder.server.ts';

/** Without anything due, an open incident is looked at again after this time, ms: contacts and policy may have changed. */
const LOOK_AGAIN_MS = 30_000;

/** A next step this much overdue was missed: nothing ran meanwhile. */
const MISSED_MS = 120_000;

/**
 * Takes the steps of the ladder that are due, of each open incident, once each, and says when to look again. Runs in
 * every worker about once a second: the lock on the incident and the key of `escalations` make it once in the cluster.
 * What became due while nothing ran is done now.
 * @returns how many steps were taken
 */
export async function tickEscalations(services: Services, now: Date): Promise<number> {
  const { db, changes } = services;
  const open = await db.pool.query<{ id: number }>(
    `SELECT id FROM incidents WHERE status IN ('open', 'acknowledged')
       AND (next_step_at IS NULL OR next_step_at <= $1 OR next_step_at > $2)
     ORDER BY id`,
    [now, new Date(now.getTime() + LOOK_AGAIN_MS)],
  );
  let taken = 0;
  for (const { id } of open.rows)
    taken += await inTransaction(db.pool, (client) => tickIncident(services, client, id, now));
  if (taken > 0) {
    changes.announce('alarm');
    changes.announce('work');
  }
  return taken;
}

async function tickIncident(
  services: Services,
  client: pg.PoolClient,
  id: number,
  now: Date,
): Promise<number> {
  const { rows } = await client.query<IncidentRow>(
    `${SELECT_INCIDENT} WHERE i.id = $1 AND i.status IN ('open', 'acknowledged') FOR UPDATE OF i SKIP LOCKED`,
    [id],
  );
  if (!rows[0]) return 0;
  const incident = await settleFlapping(client, { config: services.config, now }, rows[0]);
  const known = {
    policy: await readPolicy(client, id),
    contacts: await readLadderContacts(client, services.config),
    rotations: await readRotations(client, now),
    now,
  };
  let taken = 0;
  for (const row of await ladderNow(services, client, incident, known)) {
    if (new Date(row.dueAt) > now || !['next', 'waiting', 'gap'].includes(row.state)) continue;
    const holders = holdersOf(row.role, known.contacts, known.rotations, now);
    taken += (await takeLadderStep(services, client, incident, row, holders, now)) ? 1 : 0;
  }
  const ladder = await ladderNow(services, client, incident, known);
  const next = nextLook(ladder, incident, now);
  await client.query('UPDATE incidents SET next_step_at = $2 WHERE id = $1', [id, next]);
  await reportIfInvalid(client, incident, next, now);
  return taken;
}

/** What the ladder depends on beside the incident. */
interface Known {
  policy: PolicyStep[];
  contacts: LadderContact[];
  rotations: RoleRotation[];
  now: Date;
}

async function ladderNow(
  services: Services,
  client: pg.PoolClient,
  incident: IncidentRow,
  { policy, contacts, rotations, now }: Known,
): Promise<LadderRow[]> {
  return escalationLadder(
    { ...incident, over: incident.recoveredAt !== null },
    policy,
    contacts,
    await readStepsTaken(client, incident.id),
    {
      hosting: services.config.CHATWOOT_HOSTING,
      speed: incident.speed,
      acknowledged: incident.status === 'acknowledged',
      rotations,
      now,
    },
  );
}

/** When the ladder must be looked at again: at its next step, and now and then in any case. */
function nextLook(ladder: LadderRow[], incident: IncidentRow, now: Date): Date {
  const { flappingToldAt, speed } = incident;
  const again = now.getTime() + LOOK_AGAIN_MS / speed;
  const steady = flappingToldAt
    ? [steadyAt(incident).getTime(), stillAt(flappingToldAt, speed).getTime()]
    : [];
  const dues = ladder
    .filter(({ state }) => state === 'next' || state === 'waiting' || state === 'gap')
    .map((row) => new Date(row.dueAt).getTime())
    .filter((due) => due > now.getTime());
  return new Date(Math.min(again, ...steady, ...dues));
}

/**
 * The check on ourselves: an open incident without a next step, or with one that was long past or is far away, would have
 * been forgotten. It has just been mended; here it is reported.
 */
async function reportIfInvalid(
  client: pg.PoolClient,
  { id, nextStepAt }: IncidentRow,
  next: Date,
  now: Date,
): Promise<void> {
  const problem =
    nextStepAt === null
      ? 'none'
      : nextStepAt.getTime() < now.getTime() - MISSED_MS
        ? 'missed'
        : nextStepAt.getTime() > now.getTime() + LOOK_AGAIN_MS
          ? 'too_far'
          : null;
  if (!problem) return;
  await recordFact(client, {
    type: 'support.incident.self_check',
    value: { incident: id, problem, was: nextStepAt, next },
    now,
  });
}

/** Later than this after it was due, a step is called late, ms. */
const LATE_MS = 60_000;

/**
 * Tells the people of a step, or records that there is nobody to tell; a gap that was filled since is told now. The key
 * of `escalations` lets each step through once.
 * @returns whether something was done
 */
async function takeLadderStep(
  services: Services,
  client: pg.PoolClient,
  incident: IncidentRow,
  row: LadderRow,
  { people, onCall }: RoleHolders,
  now: Date,
): Promise<boolean> {
  const told = people.flatMap((contact): ToldContact[] => {
    const addressee = contactAddressee(contact);
    return addressee ? [{ ...addressee, name: contact.name || contact.role }] : [];
  });
  const outcome = told.length > 0 ? 'told' : 'gap';
  const written = await client.query(
    `INSERT INTO escalations AS e (incident_id, step_id, due_at, at, outcome, contacts) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (incident_id, step_id) DO UPDATE SET at = excluded.at, outcome = excluded.outcome, contacts = excluded.contacts
     WHERE e.outcome = 'gap' AND excluded.outcome = 'told'`,
    [incident.id, row.stepId, row.dueAt, now, outcome, storableJson(told)],
  );
  if (written.rowCount !== 1) return false;
  // What was not told before a recovery is due again when it fails again: only outage makes it late.
  const late = Math.min(
    now.getTime() - Math.max(new Date(row.dueAt).getTime(), incident.openedAt.getTime()),
    outageMs(incident, now) - (row.afterMinutes * 60_000) / incident.speed,
  );
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
        : `Told ${names.join(', ')}${onCall && !onCall.gap ? ', who is on call' : ''}${lateWords}. ${onCall?.gap ? `${onCall.gap} ` : ''}${row.reason}`,
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
  const devices = await devicesOfContacts(
    services,
    client,
    told.map(({ contactId }) => contactId),
    incident,
  );
  const messages = told.flatMap((contact) => {
    const message = messageTo(contact, incident, row, now);
    // The phones of whoever is called ring, too; their other channels do not wait for that.
    const toDevice = (channel: Channel): QueuedMessage => ({
      ...message,
      channel,
      dedupeKey: `${message.dedupeKey} > ${channelKey(channel)}`,
      fallbacks: [],
    });
    return [message, ...(devices.get(contact.contactId) ?? []).map(toDevice)];
  });
  await queueNotifications(client, messages, now);
  return true;
}

/** Browsers of whoever is behind each contact, by its number. */
async function devicesOfContacts(
  { config }: Services,
  client: pg.PoolClient,
  contactIds: readonly number[],
  { severity }: IncidentRow,
): Promise<Map<number, Channel[]>> {
  const { rows } = await client.query<{ id: number; channels: StoredChannel[] }>(
    'SELECT id, channels FROM contacts WHERE id = ANY ($1)',
    [contactIds],
  );
  const emails = new Map(rows.map(({ id, channels }) => [id, emailsOf(config, channels)]));
  const people = await peopleWith(client, [...emails.values()].flat());
  const devices = await devicesOf(client, { personIds: [...people.values()], severity });
  return new Map(
    [...emails].map(([id, own]) => {
      const persons = new Set(own.flatMap((email) => people.get(email.toLowerCase()) ?? []));
      return [id, [...persons].flatMap((person) => devices.get(person) ?? [])];
    }),
  );
}

function messageTo(
  { contactId, channel, fallbacks }: ToldContact,
  incident: IncidentRow,
  row: LadderRow,
  now: Date,
): QueuedMessage {
  const who = incident.acknowledgedBy
    ? `${incident.acknowledgedBy} is on it.`
    : 'Nobody has acknowledged it yet.';
  const lasted = `It has been down for ${durationText(lastPartMs(incident, now))}.`;
  const part = partSentence(incident, now);
  const sentence = `${lasted}${part ? ` ${part}` : ''} ${who} You are told as ${row.role} (${row.reason}).`;
  return {
    ...aboutIncident(incident, incidentMessage(incident, 'escalated', sentence, now)),
    // By contact, not by channel: a step tells a person once, also when their channels changed meanwhile.
    dedupeKey: `incident:${incident.id}:step:${row.stepId}:${contactId}`,
    contactId,
    channel,
    fallbacks,
  };
}
