import { acting } from '../../features/api/acting.server.ts';
import { json, type LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { readCanary } from '../../features/canary/read-canary.server.ts';
import { type GateNotice, gateNoticeText } from '../../features/recovery/gate-item.ts';
import { startCanary } from '../../features/canary/change-canary.server.ts';
import { answerForm } from '../../lib/http/form-action.server.ts';
import { withNotice } from '../../lib/notice.ts';

/** The newest canary with its steps. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'page.read');
  const canary = await readCanary(context.services);
  return json({ canary }, { headers: { 'Cache-Control': 'no-store' } });
}

const STATUS = { started: 202, already_running: 200, not_connected: 409 } as const;

/** Starts a canary; the worker walks it. */
export const action = acting('gates.check', async ({ actor, form, context }) => {
  const outcome = await startCanary(context.services, { actor, now: context.services.db.clock.now() });
  const location = withNotice<GateNotice>(form.returnTo, { code: `canary_${outcome.outcome}` });
  return answerForm(form, { status: STATUS[outcome.outcome], body: outcome, location, say: gateNoticeText });
});
