import { acting } from '../../features/api/acting.server.ts';
import type { Notice } from '../../features/delivery/dead-letters/notice-words.ts';
import { checkNow } from '../../features/health/run-health-tick.server.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { withNotice } from '../../lib/notice.ts';

export const loader = methodNotAllowed;

/** Makes the next health check due now; what it finds shows on the page as soon as it is there. */
export const action = acting('health.check', async ({ actor, form, context }) => {
  const outcome = await checkNow(context.services, { actor, now: context.services.db.clock.now() });
  const location = withNotice<Notice>(form.returnTo, { code: 'check_due' });
  return answerForm(form, { status: 202, body: outcome, location });
});
