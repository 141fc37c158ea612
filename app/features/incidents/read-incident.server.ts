import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import type { Config } from '../../lib/settings/config.ts';
import type { Severity } from '../../lib/severity.ts';
import { clockWords, durationText } from '../../lib/time-words.ts';
import { escalationLadder } from './escalation/escalation-ladder.ts';
import { readLadderContacts, readPolicy, readStepsTaken } from './escalation/read-ladder.server.ts';
import type { GuideContext } from './guide/guide-steps.ts';
import { readHasDeadLetters } from './guide/read-guide-evidence.server.ts';
import { buildGuide, nextGuideStep, type StepRecord } from './guide/guide.ts';
import { type IncidentRow, isOpen, SELECT_INCIDENT, summarizeIncident } from './incident-row.server.ts';
import type { IncidentAlertView, IncidentDetail, IncidentSummary } from './incident-view.ts';
import { onCallNow, readRotations } from './on-call/read-on-call.server.ts';
import { lastPartMs, outageSince, outageText, partSentence } from './outage-clock.ts';
import { readNotifications, readTimeline } from './read-timeline.server.ts';

/** One incident with everything about it; null when there is none of that number. */
export async function readIncident(
  services: Services,
  id: number,
  now: Date,
): Promise<IncidentDetail | null> {
  const { config, db } = services;
  if (!Number.isSafeInteger(id)) return null;
  const found = await db.pool.query<IncidentRow>(`${SELECT_INCIDENT} WHERE i.id = $1`, [id]);
  const incident = found.rows[0];
  if (!incident) return null;
  const [alerts, { ladder, onCall }, records, lastCheck, notifications, deadLetters] = await Promise.all([
    readAlerts(db.pool, id),
    readLadder(services, incident, now),
    readSteps(db.pool, id),
    readLastCheck(db.pool, id),
    readNotifications(db.pool, config.NOTIFY_EMAIL_TO, id),
    readHasDeadLetters(db.pool),
  ]);
  const guide = buildGuide(
    contextOf(config, incident, { lastCheck, deadLetters }),
    records,
    ladder,
    incident.speed,
  );
  const summary = summarizeIncident(incident);
  return {
    ...summary,
    sentence: incidentSentence({ ...summary, resolution: incident.resolution }, now),
    resolution: incident.resolution,
    overrideReason: incident.overrideReason,
    alerts,
    stillFiring: alerts.some(({ clearedAt }) => clearedAt === null),
    ladder,
    onCall,
    guide,
    nextGuideStep: isOpen(incident) ? nextGuideStep(guide) : null,
    timeline: await readTimeline(db.pool, incident, notifications, now),
    notifications,
  };
}

function contextOf(
  config: Config,
  incident: IncidentRow,
  read: Pick<GuideContext, 'lastCheck' | 'deadLetters'>,
): GuideContext {
  return {
    incidentId: incident.id,
    title: incident.title,
    cause: incident.cause,
    since: outageSince(incident),
    hosting: config.CHATWOOT_HOSTING,
    chatwootUrl: config.connection?.chatwootUrl ?? null,
    statusPageUrl: config.CHATWOOT_STATUS_PAGE_URL ?? null,
    fallbackEmail: config.SUPPORT_FALLBACK_EMAIL,
    ...read,
    recoveredAt: incident.recoveredAt,
    taken: incident.acknowledgedAt && {
      by: incident.acknowledgedBy ?? 'Somebody',
      at: incident.acknowledgedAt,
    },
  };
}

async function readAlerts(pool: pg.Pool, id: number): Promise<IncidentAlertView[]> {
  const { rows } = await pool.query<{
    rule: string;
    severity: Severity;
    firedAt: Date;
    clearedAt: Date | null;
    words: string;
  }>(
    `SELECT rule, severity, fired_at AS "firedAt", cleared_at AS "clearedAt", words FROM incident_alerts
     WHERE incident_id = $1 ORDER BY fired_at, rule LIMIT 200`,
    [id],
  );
  return rows.map(({ firedAt, clearedAt, ...alert }) => ({
    ...alert,
    firedAt: firedAt.toISOString(),
    clearedAt: clearedAt?.toISOString() ?? null,
  }));
}

/** Who is told when, of an incident as it stands, and who is on call while nobody has taken it. */
async function readLadder(
  { config, db }: Services,
  incident: IncidentRow,
  now: Date,
): Promise<Pick<IncidentDetail, 'ladder' | 'onCall'>> {
  const [policy, contacts, rotations, taken] = await Promise.all([
    readPolicy(db.pool, incident.id),
    readLadderContacts(db.pool, config),
    readRotations(db.pool, now),
    readStepsTaken(db.pool, incident.id),
  ]);
  const ladder = escalationLadder(
    { ...incident, over: !isOpen(incident) || incident.recoveredAt !== null },
    policy,
    contacts,
    taken,
    {
      hosting: config.CHATWOOT_HOSTING,
      speed: incident.speed,
      acknowledged: incident.acknowledgedAt !== null,
      rotations,
      now,
    },
  );
  const isTaken = !isOpen(incident) || incident.acknowledgedAt !== null;
  const roles = new Set(isTaken ? [] : ladder.map(({ role }) => role));
  return { ladder, onCall: onCallNow(rotations, contacts, now).filter(({ role }) => roles.has(role)) };
}

async function readSteps(pool: pg.Pool, id: number): Promise<StepRecord[]> {
  const { rows } = await pool.query<StepRecord>(
    'SELECT step, state, at, by, evidence FROM incident_steps WHERE incident_id = $1',
    [id],
  );
  return rows;
}

/** What the latest failed check said, for the drafts. */
async function readLastCheck(pool: pg.Pool, id: number): Promise<string | null> {
  const { rows } = await pool.query<{ text: string }>(
    `SELECT text FROM incident_timeline WHERE incident_id = $1 AND source = 'probe' AND data->>'said' = 'failed'
     ORDER BY last_at DESC LIMIT 1`,
    [id],
  );
  return rows[0]?.text ?? null;
}

const sentences = (...parts: (string | null)[]): string => parts.filter(Boolean).join(' ');

/** How an incident stands, in a sentence or two about time and people. */
function incidentSentence(
  incident: Omit<IncidentSummary, 'drill' | 'version'> & { resolution?: string | null },
  now: Date,
): string {
  const { title, acknowledgedBy, recoveredAt, resolvedAt, resolvedBy, mergedInto } = incident;
  if (incident.status === 'merged') return `${title}: it goes on in incident ${mergedInto}.`;
  if (incident.status === 'resolved' && resolvedAt) {
    const how = incident.resolution ? `: ${incident.resolution}` : '.';
    return `It lasted ${outageText(incident, now)}. ${resolvedBy ?? 'Somebody'} resolved it at ${clockWords(new Date(resolvedAt))}${how}`;
  }
  const who = acknowledgedBy ? `${acknowledgedBy} is on it.` : 'Nobody has acknowledged it yet.';
  const part = partSentence(incident, now);
  if (recoveredAt)
    return sentences(
      `It has been working again since ${clockWords(new Date(recoveredAt))}, after ${durationText(lastPartMs(incident, now))}.`,
      part,
      'Check the recovery and resolve the incident.',
      acknowledgedBy ? null : who,
    );
  return sentences(`${title}, since ${clockWords(outageSince(incident))}.`, part, who);
}
