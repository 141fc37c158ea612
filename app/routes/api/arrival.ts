import { acting, byLastPart } from '../../features/api/acting.server.ts';
import { registerAgain } from '../../features/arrival/connect/check-registration.server.ts';
import { startProof } from '../../features/arrival/connect/prove-arrival.server.ts';
import type { RegisterNotice } from '../../features/arrival/connect/registration-words.ts';
import { type Notice, noticeText } from '../../features/delivery/dead-letters/notice-words.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { withNotice } from '../../lib/notice.ts';

/** Writes as an invented customer and waits for the webhook; how it ended shows on the page Health within 30 s. */
const prove = acting('health.check', async ({ actor, form, context }) => {
  const outcome = await startProof(context.services, actor);
  const isConnected = outcome.outcome !== 'not_connected';
  const code = isConnected ? 'proof_started' : 'proof_not_connected';
  const location = withNotice<Notice>(form.returnTo, { code });
  return answerForm(form, { status: isConnected ? 202 : 409, body: outcome, location, say: noticeText });
});

/** Registers our webhook in Chatwoot again: it was deleted, changed, or has another secret. */
const register = acting('settings.manage', async ({ actor, form, context }) => {
  const result = await registerAgain(context.services, actor);
  if (form.wantsJson && result.outcome !== 'registered')
    return problemResponse({
      // Ours to set up, or Chatwoot's to answer.
      status: result.outcome === 'not_connected' ? 409 : 502,
      title: 'Webhook not registered',
      code: result.outcome,
      detail: result.why,
    });
  const location = withNotice<RegisterNotice>(form.returnTo, { code: `webhook_${result.outcome}` });
  return answerForm(form, { status: 200, body: result, location });
});

export const loader = methodNotAllowed;

export const action = byLastPart({ prove, register });
