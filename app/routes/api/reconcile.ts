import { acting } from '../../features/api/acting.server.ts';
import type { LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import {
  parseSince,
  type RequestOutcome,
  requestReconciliation,
} from '../../features/arrival/comparison/start-reconciliation.server.ts';
import {
  COMPARE_FIELDS,
  CONTROL_FIELDS,
  controlReconciliation,
  FOUND_QUERY,
} from '../../features/arrival/comparison/control-reconciliation.server.ts';
import { readReconciliation } from '../../features/arrival/comparison/read-reconciliation.server.ts';
import { readFields } from '../../lib/http/form-fields.ts';
import { answerForm } from '../../lib/http/form-action.server.ts';
import { notUnderstood, problemResponse } from '../../lib/http/problem.ts';
import { waitingNotice } from '../../features/waiting/waiting-words.ts';

/** What never arrived: of all time, or `?incident=N`. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'page.read');
  const query = readFields(FOUND_QUERY, new URL(request.url).searchParams);
  if (!query.ok) return problemResponse(notUnderstood(query.problem));
  const view = await readReconciliation(context.services, {
    incidentId: query.value.incident,
    now: context.services.db.clock.now(),
  });
  return Response.json(view, { headers: { 'Cache-Control': 'no-store' } });
}

const STATUS: Record<RequestOutcome['outcome'], number> = {
  started: 202,
  already_running: 409,
  paused: 409,
  nothing_received: 409,
  not_connected: 409,
};

/** Compares Chatwoot with the inbox now; with `run` and `do`: pauses, resumes or cancels one that goes on. */
export const action = acting('reconcile.run', async ({ actor, form, context }) => {
  const now = context.services.db.clock.now();
  const answer = (status: number, code: string, body: { outcome: string }) =>
    answerForm(form, {
      status,
      body,
      location: `/waiting?done=${code}#missing`,
      say: (query) => waitingNotice(query.get('done')),
    });
  const control = readFields(CONTROL_FIELDS, form.fields);
  if (control.ok) {
    const { run: id, do: verb } = control.value;
    const outcome = await controlReconciliation(context.services, { id, verb, actor, now });
    return answer(outcome === 'comparison_not_changed' ? 409 : 200, outcome, { outcome });
  }
  const sent = readFields(COMPARE_FIELDS, form.fields);
  const wish = sent.ok ? (sent.value.since?.trim() ?? '') : '';
  const since = wish === '' ? null : parseSince(wish, now);
  if (wish !== '' && !since) return answer(400, 'since_not_understood', { outcome: 'since_not_understood' });
  const outcome = await requestReconciliation(context.services, { since, actor, now });
  return answer(STATUS[outcome.outcome], outcome.outcome, outcome);
});
