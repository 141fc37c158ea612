import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { isWorse, type Severity, SEVERITY_MEANING } from '../../lib/severity.ts';
import { durationText } from '../../lib/time-words.ts';
import {
  changeIncident,
  cleaned,
  type IncidentRequest,
  recordDeed,
  type Refusal,
  refuseUnlessOpen,
  TEXT_LENGTH,
} from './change-incident.server.ts';
import { type IncidentRow, lockOpenIncidentOf } from './incident-row.server.ts';
import { afterLull, lastPartMs, partText } from './outage-clock.ts';
import { firingRules } from './resolve-incident.server.ts';

export type AcknowledgeOutcome =
  { outcome: 'acknowledged' } | { outcome: 'already_acknowledged'; by: string | null } | Refusal;

/** Somebody is on it: the ladder stops for responders, and whoever was told hears who. */
export function acknowledge(services: Services, request: IncidentRequest): Promise<AcknowledgeOutcome> {
  const { actor, now } = request;
  return changeIncident<Exclude<AcknowledgeOutcome, Refusal>>(services, request, async (client, incident) => {
    if (incident.status === 'acknowledged')
      return { outcome: 'already_acknowledged', by: incident.acknowledgedBy };
    const refusal = refuseUnlessOpen(incident);
    if (refusal) return refusal;
    await takeIncident(services, client, incident, { actor, now });
    return { outcome: 'acknowledged' };
  });
}

/**
 * Somebody takes an open incident that the caller's transaction has locked.
 * @param deed.how what the timeline adds, from its comma on
 */
export async function takeIncident(
  services: Services,
  client: pg.PoolClient,
  incident: IncidentRow,
  { actor, now, how = '' }: Pick<IncidentRequest, 'actor' | 'now'> & { how?: string },
): Promise<void> {
  const part = partText(incident);
  const after = `${durationText(lastPartMs(incident, now))} after ${part ? `the ${part}` : 'it'} began`;
  await recordDeed(
    services,
    client,
    incident,
    { actor, now },
    {
      verb: 'acknowledged',
      text: `${actor.name} acknowledged it${how}, ${after}.`,
      fields: {
        status: 'acknowledged',
        acknowledgedAt: now,
        acknowledgedBy: actor.name,
        assignee: incident.assignee ?? actor.name,
        nextStepAt: now,
      },
      value: { afterMs: now.getTime() - incident.startedAt.getTime() },
      tell: { kind: 'acknowledged', sentence: `${actor.name} is on it, ${after}.` },
    },
  );
}

export type AssignOutcome = { outcome: 'assigned'; assignee: string | null } | Refusal;

/** @param request.assignee who takes it, by name; empty: nobody in particular */
export function assign(
  services: Services,
  request: IncidentRequest & { assignee: string },
): Promise<AssignOutcome> {
  const assignee = cleaned(request.assignee, 100) || null;
  return changeIncident<Exclude<AssignOutcome, Refusal>>(services, request, async (client, incident) => {
    const refusal = refuseUnlessOpen(incident);
    if (refusal) return refusal;
    if (incident.assignee === assignee) return { outcome: 'assigned', assignee };
    await recordDeed(services, client, incident, request, {
      verb: 'assigned',
      text: assignee ? `Assigned to ${assignee}.` : 'Assigned to nobody.',
      fields: { assignee },
      value: { assignee },
    });
    return { outcome: 'assigned', assignee };
  });
}

export type NoteOutcome = { outcome: 'noted' } | Refusal;

/** Adds somebody's note to the timeline, also after the incident was resolved. */
export function note(services: Services, request: IncidentRequest & { text: string }): Promise<NoteOutcome> {
  const text = cleaned(request.text, TEXT_LENGTH);
  if (!text) return Promise.resolve({ outcome: 'text_missing' });
  return changeIncident<Exclude<NoteOutcome, Refusal>>(services, request, async (client, incident) => {
    if (incident.status === 'merged') return { outcome: 'wrong_state', status: incident.status };
    await recordDeed(services, client, incident, request, { verb: 'note', text, fields: {} });
    return { outcome: 'noted' };
  });
}

export type SeverityOutcome = { outcome: 'severity_changed'; severity: Severity } | Refusal;

/** Raises or lowers the severity with a reason; the ladder is looked at again, and a raise is told. */
export function changeSeverity(
  services: Services,
  request: IncidentRequest & { severity: Severity; reason: string },
): Promise<SeverityOutcome> {
  const { severity, actor, now } = request;
  const reason = cleaned(request.reason);
  if (!reason) return Promise.resolve({ outcome: 'text_missing' });
  return changeIncident<Exclude<SeverityOutcome, Refusal>>(services, request, async (client, incident) => {
    const refusal = refuseUnlessOpen(incident);
    if (refusal) return refusal;
    if (incident.severity === severity) return { outcome: 'severity_changed', severity };
    const raised = isWorse(severity, incident.severity);
    await recordDeed(services, client, incident, request, {
      verb: raised ? 'raised' : 'lowered',
      text: `${raised ? 'Raised' : 'Lowered'} from ${incident.severity} to ${severity}: ${reason}`,
      fields: { severity, nextStepAt: now },
      reason,
      value: { from: incident.severity, to: severity },
      ...(raised && {
        tell: {
          kind: 'raised' as const,
          sentence: `${actor.name} raised it from ${incident.severity} to ${severity} (${SEVERITY_MEANING[severity]}): ${reason}`,
        },
      }),
    });
    return { outcome: 'severity_changed', severity };
  });
}

export type ReopenOutcome =
  | { outcome: 'reopened' }
  /** Another incident of the same cause is open by now: go on there. */
  | { outcome: 'other_open'; incidentId: number }
  | Refusal;

/** Opens a resolved incident again, with a reason. Whoever had acknowledged it still has; steps of the ladder go on. */
export function reopen(
  services: Services,
  request: IncidentRequest & { reason: string },
): Promise<ReopenOutcome> {
  const { actor, now } = request;
  const reason = cleaned(request.reason);
  if (!reason) return Promise.resolve({ outcome: 'text_missing' });
  return changeIncident<Exclude<ReopenOutcome, Refusal>>(
    services,
    { ...request, mayOpen: true },
    async (client, incident) => {
      if (incident.status !== 'resolved') return { outcome: 'wrong_state', status: incident.status };
      const other = await lockOpenIncidentOf(client, incident.cause);
      if (other) return { outcome: 'other_open', incidentId: other.id };
      const firing = await firingRules(client, incident.id);
      await recordDeed(services, client, incident, request, {
        verb: 'reopened',
        text: `Reopened: ${reason}`,
        fields: {
          status: incident.acknowledgedAt ? 'acknowledged' : 'open',
          recoveredAt: firing.length > 0 ? null : incident.recoveredAt,
          // What was resolved by hand and is opened again worked in between, as far as anybody knew.
          ...(firing.length === 0 &&
            incident.recoveredAt === null && {
              lulls: afterLull({ ...incident, recoveredAt: incident.resolvedAt }, now),
            }),
          resolvedAt: null,
          resolvedBy: null,
          resolution: null,
          overrideReason: null,
          nextStepAt: now,
        },
        reason,
        value: {},
        tell: { kind: 'reopened', sentence: `${actor.name} reopened it: ${reason}` },
      });
      return { outcome: 'reopened' };
    },
  );
}
