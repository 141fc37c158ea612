import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { changeIncident, refuseUnlessOpen, type Refusal } from './change-incident.server.ts';
import { findStep } from './guide.ts';
import type { GuideCheck, GuideInvestigation } from './guide-steps.ts';
import { SELECT_INCIDENT, type IncidentRow } from './incident-row.server.ts';
import { readGuideEvidence, type Evidence } from './read-guide-evidence.server.ts';
import { recordStep } from './record-step.server.ts';

/** Looks into one thing over the network: health's `investigateOutage`, which stands above incidents. */
export type Investigate = (
  services: Services,
  asked: { what: GuideInvestigation; now: Date },
) => Promise<Evidence>;

export type RunStepOutcome =
  | { outcome: 'checked'; state: 'done' | 'failed'; evidence: string }
  /** No step of that name in this incident's guide, or one that only a person can do. */
  | { outcome: 'no_such_step' }
  | Refusal;

export interface RunStepRequest {
  incidentId: number;
  step: string;
  actor: Actor;
  now: Date;
  investigate: Investigate;
}

/**
 * Does the part of the runbook that the app can do, and keeps what it found as evidence. What was looked at is done
 * whatever it says; only proof that the service is back can fail.
 */
export async function runGuideStep(services: Services, request: RunStepRequest): Promise<RunStepOutcome> {
  const { config, db } = services;
  const { rows } = await db.pool.query<IncidentRow>(`${SELECT_INCIDENT} WHERE i.id = $1`, [
    request.incidentId,
  ]);
  const incident = rows[0];
  if (!incident) return { outcome: 'not_found' };
  const refusal = refuseUnlessOpen(incident);
  if (refusal) return refusal;
  const step = findStep(incident.cause, request.step, config.CHATWOOT_HOSTING);
  if (!step?.check) return { outcome: 'no_such_step' };
  // Outside of any transaction: it may take as long as the probes' timeouts.
  const found = await look(services, step.check, incident.cause, request);
  const state = step.check === 'restored' && !found.ok ? 'failed' : 'done';
  return changeIncident<Exclude<RunStepOutcome, Refusal>>(services, request, async (client, locked) => {
    const late = refuseUnlessOpen(locked);
    if (late) return late;
    await recordStep(client, {
      incidentId: locked.id,
      step: step.key,
      title: step.title,
      state,
      evidence: found.evidence,
      actor: request.actor,
      now: request.now,
    });
    return { outcome: 'checked', state, evidence: found.evidence };
  });
}

function look(
  services: Services,
  check: GuideCheck,
  cause: string,
  { investigate, now }: RunStepRequest,
): Promise<Evidence> {
  switch (check) {
    case 'scope':
    case 'connectivity':
    case 'dependencies':
    case 'signature':
    case 'agent_endpoint':
      return investigate(services, { what: check, now });
    case 'health_history':
    case 'component':
    case 'restored':
    case 'recent_attempts':
    case 'retry_metrics':
    case 'dead_letters':
      return readGuideEvidence(services.db.pool, check, { cause, now });
  }
}
