import type pg from 'pg';
import type { Services } from '../../../lib/services.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import {
  changeIncident,
  cleaned,
  type IncidentRequest,
  type Refusal,
  refuseUnlessOpen,
} from '../change-incident.server.ts';
import { type IncidentRow, SELECT_INCIDENT } from '../incident-row.server.ts';
import { recordTimeline } from '../record-timeline.server.ts';
import type { GuideCheck, GuideInvestigation } from './guide-steps.ts';
import { findStep } from './guide.ts';
import { type Evidence, readGuideEvidence } from './read-guide-evidence.server.ts';

/** Looks into one thing over the network: health's `investigateOutage`, which stands above incidents. */
type Investigate = (services: Services, asked: { what: GuideInvestigation; now: Date }) => Promise<Evidence>;

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
  const found = await checkStep(services, step.check, incident.cause, request);
  const state = step.check === 'restored' && !found.ok ? 'failed' : 'done';
  return changeIncident<Exclude<RunStepOutcome, Refusal>>(services, request, async (client, locked) => {
    const late = refuseUnlessOpen(locked);
    if (late) return late;
    await recordGuideStep(client, {
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

function checkStep(
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

export type MarkStepOutcome =
  { outcome: 'marked'; state: 'open' | 'done' | 'skipped' } | { outcome: 'no_such_step' } | Refusal;

/** A person ticks a step, skips it, or takes that back. */
export function markGuideStep(
  services: Services,
  request: IncidentRequest & { step: string; state: 'open' | 'done' | 'skipped'; note?: string | null },
): Promise<MarkStepOutcome> {
  const { actor, now, state } = request;
  return changeIncident<Exclude<MarkStepOutcome, Refusal>>(services, request, async (client, incident) => {
    const refusal = refuseUnlessOpen(incident);
    if (refusal) return refusal;
    const step = findStep(incident.cause, request.step, services.config.CHATWOOT_HOSTING);
    if (!step) return { outcome: 'no_such_step' };
    const evidence = cleaned(request.note) || null;
    const { key, title } = step;
    await recordGuideStep(client, { incidentId: incident.id, step: key, title, state, evidence, actor, now });
    return { outcome: 'marked', state };
  });
}

interface DoneStep {
  incidentId: number;
  step: string;
  title: string;
  /** `open`: somebody took it back. */
  state: 'open' | 'done' | 'failed' | 'skipped';
  evidence: string | null;
  actor: Actor;
  now: Date;
}

const WORDS = { open: 'taken back', done: 'done', failed: 'not passed', skipped: 'skipped' };

/** Writes how a step of the guide stands, with its line in the timeline and in the audit log. */
export async function recordGuideStep(client: pg.ClientBase, done: DoneStep): Promise<void> {
  const { incidentId, step, title, state, evidence, actor, now } = done;
  if (state === 'open')
    await client.query('DELETE FROM incident_steps WHERE incident_id = $1 AND step = $2', [incidentId, step]);
  else
    await client.query(
      `INSERT INTO incident_steps (incident_id, step, state, at, by, evidence) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (incident_id, step) DO UPDATE SET state = excluded.state, at = excluded.at, by = excluded.by,
         evidence = excluded.evidence`,
      [incidentId, step, state, now, actor.name, evidence],
    );
  await recordTimeline(client, {
    incidentId,
    at: now,
    source: 'guide',
    kind: `step_${state}`,
    text: `${title}: ${evidence ?? WORDS[state]}`,
    actor: actor.name,
    data: { step, state },
  });
  await recordAudit(client, {
    actor,
    action: 'incidents.step',
    target: `incident ${incidentId}`,
    after: { step, state },
    at: now,
  });
}
