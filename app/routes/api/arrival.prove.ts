import { acting } from '../../features/api/acting.server.ts';
import { startProof } from '../../features/arrival/connect/prove-arrival.server.ts';
import { type Notice, noticeText } from '../../features/delivery/dead-letters/notice-words.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { withNotice } from '../../lib/notice.ts';

export const loader = methodNotAllowed;

/** Writes as an invented customer and waits for the webhook; how it ended shows on the page Health within 30 s. */
export const action = acting('health.check', async ({ actor, form, context }) => {
  const outcome = await startProof(context.services, actor);
  const isConnected = outcome.outcome !== 'not_connected';
  const code = isConnected ? 'proof_started' : 'proof_not_connected';
  const location = withNotice<Notice>(form.returnTo, { code });
  return answerForm(form, { status: isConnected ? 202 : 409, body: outcome, location, say: noticeText });
});
