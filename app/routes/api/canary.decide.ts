import { acting } from '../../features/api/acting.server.ts';
import { decideCanary, type CanaryDecision } from '../../features/canary/change-canary.server.ts';
import { type GateNotice, gateNoticeText } from '../../features/recovery/gate-item.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { withNotice } from '../../lib/notice.ts';
import { parseRowNumber } from '../../lib/http/form-fields.ts';

export const loader = methodNotAllowed;

const DECISIONS: readonly CanaryDecision[] = ['approve', 'reject', 'cancel'];

/** A person decides on a canary: `/api/canary/:id/approve`, `reject` or `cancel`. */
export const action = acting('gates.check', async ({ actor, form, context, params }) => {
  const id = parseRowNumber(params.id);
  const decision = DECISIONS.find((one) => one === params.decision);
  if (id === null || !decision)
    return problemResponse({
      status: 404,
      title: 'Not found',
      code: 'not_found',
      detail: 'A canary is decided on at /api/canary/NUMBER/approve, /reject or /cancel.',
    });
  const outcome = await decideCanary(context.services, {
    id,
    decision,
    actor,
    now: context.services.db.clock.now(),
  });
  const location = withNotice<GateNotice>(form.returnTo, { code: `canary_${outcome.outcome}` });
  return answerForm(form, {
    status: outcome.outcome === 'not_waiting' ? 409 : 200,
    body: outcome,
    location,
    say: gateNoticeText,
  });
});
