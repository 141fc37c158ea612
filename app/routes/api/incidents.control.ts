import { acting } from '../../features/api/acting.server.ts';
import type { Actor } from '../../features/audit/actor.ts';
import { readUnproved } from '../../features/recovery/read-recovery-gate.server.ts';
import { investigateOutage } from '../../features/health/investigations/investigate.server.ts';
import {
  acknowledge,
  assign,
  changeSeverity,
  note,
  reopen,
} from '../../features/incidents/act-on-incident.server.ts';
import {
  INCIDENT_FIELDS,
  INCIDENT_VERBS,
  parseIncidentPath,
  type IncidentVerb,
} from '../../features/incidents/incident-form.ts';
import { type IncidentNotice, incidentNoticeText } from '../../components/incidents/incident-words.ts';
import { markGuideStep, runGuideStep } from '../../features/incidents/guide/change-guide-step.server.ts';
import { merge } from '../../features/incidents/merge-incidents.server.ts';
import { resolve } from '../../features/incidents/resolve-incident.server.ts';
import { withFields } from '../../lib/http/form-fields.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import type { Services } from '../../lib/services.server.ts';
import { withNotice } from '../../lib/notice.ts';

export const loader = methodNotAllowed;

/** Does something with an incident: `/api/incidents/:id/:verb`, with the fields of that verb. */
export const action = acting('incidents.respond', async ({ actor, form, context, params }) => {
  const wanted = parseIncidentPath(params.id, params.verb);
  if (!wanted)
    return problemResponse({
      status: 404,
      title: 'Not found',
      code: 'not_found',
      detail: `An incident is changed at /api/incidents/NUMBER/VERB; verbs are ${INCIDENT_VERBS.join(', ')}.`,
    });
  const { incidentId, verb } = wanted;
  const outcome = await act(context.services, verb, incidentId, form.fields, actor);
  const { status, notice, n } = answerOf(outcome);
  return answerForm(form, {
    status,
    body: outcome,
    location: withNotice<IncidentNotice>(form.returnTo, { code: notice, n }),
    say: incidentNoticeText,
  });
});

function act(
  services: Services,
  verb: IncidentVerb,
  incidentId: number,
  fields: URLSearchParams,
  actor: Actor,
) {
  const request = { incidentId, actor, now: services.db.clock.now() };
  const sent = INCIDENT_FIELDS;
  switch (verb) {
    case 'acknowledge':
      return withFields(sent[verb], fields, (value) => acknowledge(services, { ...request, ...value }));
    case 'assign':
      return withFields(sent[verb], fields, ({ assignee = '', ...value }) =>
        assign(services, { ...request, ...value, assignee }),
      );
    case 'severity':
      return withFields(sent[verb], fields, (value) => changeSeverity(services, { ...request, ...value }));
    case 'note':
      return withFields(sent[verb], fields, (value) => note(services, { ...request, ...value }));
    case 'resolve':
      return withFields(sent[verb], fields, (value) =>
        resolve(services, {
          ...request,
          ...value,
          unproved: (client) => readUnproved({ config: services.config, db: { pool: client } }, incidentId),
        }),
      );
    case 'reopen':
      return withFields(sent[verb], fields, (value) => reopen(services, { ...request, ...value }));
    case 'merge':
      return withFields(sent[verb], fields, (value) => merge(services, { ...request, ...value }));
    case 'run-step':
      return withFields(sent[verb], fields, (value) =>
        runGuideStep(services, { ...request, ...value, investigate: investigateOutage }),
      );
    case 'tick-step':
    case 'skip-step':
    case 'untick-step': {
      const state = ({ 'tick-step': 'done', 'skip-step': 'skipped', 'untick-step': 'open' } as const)[verb];
      return withFields(sent[verb], fields, (value) =>
        markGuideStep(services, { ...request, ...value, state }),
      );
    }
  }
}

type Outcome = Awaited<ReturnType<typeof act>>;

function answerOf(outcome: Outcome): { status: number; notice: IncidentNotice['code']; n?: number } {
  switch (outcome.outcome) {
    case 'acknowledged':
    case 'assigned':
    case 'severity_changed':
    case 'noted':
    case 'resolved':
    case 'reopened':
    case 'marked':
      return { status: 200, notice: `incident_${outcome.outcome}` };
    case 'merged':
      return { status: 200, notice: 'incident_merged', n: outcome.into };
    case 'checked':
      return {
        status: 200,
        notice: outcome.state === 'done' ? 'incident_checked' : 'incident_check_failed',
      };
    case 'other_open':
      return { status: 409, notice: 'incident_other_open', n: outcome.incidentId };
    case 'already_acknowledged':
    case 'still_firing':
    case 'not_verified':
    case 'wrong_state':
    case 'changed_meanwhile':
      return { status: 409, notice: `incident_${outcome.outcome}` };
    case 'not_found':
    case 'no_such_step':
      return { status: 404, notice: `incident_${outcome.outcome}` };
    case 'same_incident':
    case 'text_missing':
    case 'not_understood':
      return { status: 400, notice: `incident_${outcome.outcome}` };
  }
}
