import type { ActionFunctionArgs } from '@remix-run/node';
import { authorizeForm } from '../../features/access/authorize.server.ts';
import { startProof } from '../../features/arrival/connect/prove-arrival.server.ts';
import type { Notice } from '../../features/delivery/dead-letters/notice-words.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { withNotice } from '../../lib/notice.ts';

export const loader = methodNotAllowed;

/** Writes as an invented customer and waits for the webhook; how it ended shows on the page Health within 30 s. */
export async function action({ request, context }: ActionFunctionArgs): Promise<Response> {
  const { actor, form } = await authorizeForm({ request, context }, 'health.check');
  const outcome = await startProof(context.services, actor);
  const location = withNotice<Notice>(form.returnTo, { code: 'proof_started' });
  return answerForm(form, { status: 202, body: outcome, location });
}
