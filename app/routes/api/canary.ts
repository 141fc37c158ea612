import { type ActionFunctionArgs, json, type LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { acting } from '../../features/api/acting.server.ts';
import {
  type CanaryDecision,
  decideCanary,
  startCanary,
} from '../../features/canary/change-canary.server.ts';
import { readCanary } from '../../features/canary/read-canary.server.ts';
import { type GateNotice, gateNoticeText } from '../../features/recovery/gate-item.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { parseRowNumber } from '../../lib/http/form-fields.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { withNotice } from '../../lib/notice.ts';

/** The newest canary with its steps. */
export async function loader({ request, context, params }: LoaderFunctionArgs): Promise<Response> {
  if (params.decision !== undefined) return methodNotAllowed();
  await authorize({ request, context }, 'page.read');
  const canary = await readCanary(context.services);
  return json({ canary }, { headers: { 'Cache-Control': 'no-store' } });
}

const STATUS = { started: 202, already_running: 200, not_connected: 409 } as const;

/** Starts a canary; the worker walks it. */
const start = acting('gates.check', async ({ actor, form, context }) => {
  const outcome = await startCanary(context.services, { actor, now: context.services.db.clock.now() });
  const location = withNotice<GateNotice>(form.returnTo, { code: `canary_${outcome.outcome}` });
  return answerForm(form, { status: STATUS[outcome.outcome], body: outcome, location, say: gateNoticeText });
});

const DECISIONS: readonly CanaryDecision[] = ['approve', 'reject', 'cancel'];

/** A person decides on a canary: `/api/canary/:id/approve`, `reject` or `cancel`. */
const decide = acting('gates.check', async ({ actor, form, context, params }) => {
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

export const action = (call: ActionFunctionArgs) =>
  (call.params.decision === undefined ? start : decide)(call);
