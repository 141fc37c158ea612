import type pg from 'pg';
import type { Config } from '../../lib/settings/config.ts';
import { clockWords } from '../../lib/time-words.ts';
import { durationText } from '../../lib/words.ts';
import { changeIncidentRow, type IncidentRow } from './incident-row.server.ts';
import { outageSince, outageText, steadyAt, stillAt } from './outage-clock.ts';
import { recordTimeline } from './record-timeline.server.ts';
import { tellIncident } from './tell-incident.server.ts';

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
