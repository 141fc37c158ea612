import { acting } from '../../features/api/acting.server.ts';
import { registerAgain } from '../../features/arrival/connect/check-registration.server.ts';
import type { RegisterNotice } from '../../features/arrival/connect/registration-words.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { withNotice } from '../../lib/notice.ts';

export const loader = methodNotAllowed;

/** Registers our webhook in Chatwoot again: it was deleted, changed, or has another secret. */
export const action = acting('settings.manage', async ({ actor, form, context }) => {
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
