import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import type { Config } from '../../lib/settings/config.ts';
import { clockWords, durationText } from '../../lib/time-words.ts';
import {
  changeIncident,
  cleaned,
  type IncidentRequest,
  recordDeed,
  type Refusal,
  refuseUnlessOpen,
  TEXT_LENGTH,
} from './change-incident.server.ts';
import { changeIncidentRow, type IncidentRow } from './incident-row.server.ts';
import { outageSince, outageText, steadyAt, stillAt } from './outage-clock.ts';
import { recordTimeline } from './record-timeline.server.ts';
import { tellIncident } from './tell-incident.server.ts';

export type ResolveOutcome =
  | { outcome: 'resolved' }
  /** These rules still fire; resolve with an override and its reason, or wait. */
  | { outcome: 'still_firing'; rules: string[] }
  /** The recovery is not proved yet. */
  | { outcome: 'not_verified'; why: string }
  | Refusal;

export interface ResolveRequest extends IncidentRequest {
  /** What was done about it. */
  resolution: string;
  /** Why it is resolved although its rules still fire, or its recovery is not proved. */
  overrideReason?: string | null;
  /**
   * What the recovery gate lacks, in a sentence; null when it has passed. Asked within the transaction, with the incident
   * locked, so that a check which fails meanwhile counts. Left out: no gate applies.
   */
  unproved?: (client: pg.ClientBase) => Promise<string | null>;
}

/**
 * Closes an incident. While one of its rules fires, or its recovery is not proved, only with a reason that stands in the
 * record. A rule that was overridden opens no new incident before it has cleared and fires again.
 */
export function resolve(services: Services, request: ResolveRequest): Promise<ResolveOutcome> {
  const { actor, now } = request;
  const resolution = cleaned(request.resolution, TEXT_LENGTH);
  const overrideReason = cleaned(request.overrideReason) || null;
  if (!resolution) return Promise.resolve({ outcome: 'text_missing' });
  return changeIncident<Exclude<ResolveOutcome, Refusal>>(services, request, async (client, incident) => {
    const refusal = refuseUnlessOpen(incident);
    if (refusal) return refusal;
    const rules = await firingRules(client, incident.id);
    if (!overrideReason && rules.length > 0) return { outcome: 'still_firing', rules };
    const unverified = (await request.unproved?.(client)) ?? null;
    if (!overrideReason && unverified) return { outcome: 'not_verified', why: unverified };
    const overridden = overrideReason !== null && (rules.length > 0 || unverified !== null);
    const lasted = outageText(incident, now);
    const against = rules.length > 0 ? `although ${rules.join(', ')} still fires` : 'before it was proved';
    await recordDeed(services, client, incident, request, {
      verb: 'resolved',
      text: `Resolved after an outage of ${lasted}${overridden ? `, ${against} (${overrideReason})` : ''}: ${resolution}`,
      fields: {
        status: 'resolved',
        resolvedAt: now,
        resolvedBy: actor.name,
        resolution,
        overrideReason: overridden ? overrideReason : null,
        flappingToldAt: null,
        nextStepAt: null,
      },
      reason: overridden ? overrideReason : null,
      value: {
        resolution,
        afterMs: now.getTime() - incident.startedAt.getTime(),
        overridden: overridden ? rules : null,
        unverified: overridden ? unverified : null,
      },
      tell: {
        kind: 'resolved',
        sentence: `${actor.name} resolved it after an outage of ${lasted}: ${resolution}`,
      },
    });
    return { outcome: 'resolved' };
  });
}

/** Rules of an incident that have not cleared. */
export async function firingRules(client: pg.ClientBase, incidentId: number): Promise<string[]> {
  const { rows } = await client.query<{ rule: string }>(
    'SELECT DISTINCT rule FROM incident_alerts WHERE incident_id = $1 AND cleared_at IS NULL ORDER BY rule',
    [incidentId],
  );
  return rows.map(({ rule }) => rule);
}

/**
 * Says how it is with an outage that came and went, once it has stayed as it is for five minutes; from then on each change is
 * news again. What goes on coming and going is told every half hour.
 * @param incident open, and locked by the caller's transaction
 * @returns the incident as it is now
 */
export async function settleFlapping(
  client: pg.ClientBase,
  context: { config: Config; now: Date },
  incident: IncidentRow,
): Promise<IncidentRow> {
  const { now } = context;
  if (incident.flappingToldAt === null) return incident;
  if (steadyAt(incident) > now)
    return stillAt(incident.flappingToldAt, incident.speed) > now
      ? incident
      : tellStill(client, context, incident);
  const steady = await changeIncidentRow(client, incident, { flappingToldAt: null });
  const { recoveredAt } = steady;
  const since = recoveredAt ?? outageSince(steady);
  const steadyFor = durationText(now.getTime() - since.getTime());
  const story = `It came and went: an outage of ${outageText(steady, now)} since ${clockWords(steady.startedAt)}.`;
  const sentence = recoveredAt
    ? `It has been working steadily since ${clockWords(since)}, for ${steadyFor}. ${story} Somebody still has to check and resolve the incident.`
    : `It has been failing steadily since ${clockWords(since)}, for ${steadyFor}. ${story}`;
  await recordTimeline(client, {
    incidentId: steady.id,
    at: now,
    source: 'system',
    kind: 'steady',
    text: `${recoveredAt ? 'Working' : 'Failing'} steadily for ${steadyFor}: changes are told again.`,
  });
  await tellIncident(client, context, steady, { kind: recoveredAt ? 'recovered' : 'reopened', sentence });
  return steady;
}

/** Says that it still comes and goes, and how it is at the moment. */
async function tellStill(
  client: pg.ClientBase,
  context: { config: Config; now: Date },
  incident: IncidentRow,
): Promise<IncidentRow> {
  const { now } = context;
  const told = await changeIncidentRow(client, incident, { flappingToldAt: now });
  const { recoveredAt } = told;
  const story = `It still comes and goes: an outage of ${outageText(told, now)} since ${clockWords(told.startedAt)}.`;
  await recordTimeline(client, {
    ...{ incidentId: told.id, at: now, source: 'system', kind: 'flapping', text: story },
  });
  const state = recoveredAt
    ? `It has been working since ${clockWords(recoveredAt)}`
    : `It has been failing since ${clockWords(outageSince(told))}`;
  await tellIncident(client, context, told, {
    kind: recoveredAt ? 'recovered' : 'reopened',
    sentence: `${story} ${state}, and may change again.`,
  });
  return told;
}
