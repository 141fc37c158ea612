import { acting } from '../../features/api/acting.server.ts';
import { parsePair } from '../../features/waiting/assign/assignment-view.ts';
import {
  assignmentVerb,
  controlAssignment,
  startAssignment,
  type StartOutcome,
} from '../../features/waiting/assign/start-assignment.server.ts';
import { waitingNotice } from '../../features/waiting/waiting-words.ts';
import { parseRowNumber } from '../../lib/http/form-fields.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';

export const loader = methodNotAllowed;

const STATUS: Record<StartOutcome['outcome'], number> = {
  started: 202,
  nothing_chosen: 409,
  too_many: 400,
  agent_unknown: 409,
  may_not_see: 409,
  not_connected: 409,
  chatwoot_failed: 502,
};

const say = (query: URLSearchParams) => waitingNotice(query.get('done'));

/**
 * Hands conversations to people as a dry run showed it: `pair` several times, `<account>:<conversation>><agent>`. With `run`
 * and `do`: pauses, resumes or cancels one that goes on.
 */
export const action = acting('backlog.assign', async ({ actor, form, context }) => {
  const now = context.services.db.clock.now();
  const verb = assignmentVerb(form.fields.get('do'));
  const runId = parseRowNumber(form.fields.get('run') ?? '');
  if (verb && runId !== null) {
    const { outcome } = await controlAssignment(context.services, { runId, verb, actor, now });
    return answerForm(form, {
      status: outcome === 'not_changed' ? 409 : 200,
      body: { outcome },
      location: `/waiting?done=assignment_${outcome}#handed`,
      say,
    });
  }
  const pairs = form.fields.getAll('pair').flatMap((text) => parsePair(text) ?? []);
  const outcome = await startAssignment(context.services, {
    pairs,
    actor,
    now,
  });
  const code = outcome.outcome === 'started' ? 'assigned' : outcome.outcome;
  return answerForm(form, {
    status: STATUS[outcome.outcome],
    body: outcome,
    location: `/waiting?done=${code}#handed`,
    say,
  });
});
