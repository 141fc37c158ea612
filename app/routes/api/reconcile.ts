import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { authorize, authorizeForm } from '../../features/access/authorize.server.ts';
import {
  parseSince,
  type RequestOutcome,
  requestReconciliation,
} from '../../features/arrival/comparison/start-reconciliation.server.ts';
import {
  comparisonVerb,
  controlReconciliation,
} from '../../features/arrival/comparison/control-reconciliation.server.ts';
import { readReconciliation } from '../../features/arrival/comparison/read-reconciliation.server.ts';
import { answerForm } from '../../lib/http/form-action.server.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { parseRowNumber } from '../../lib/http/row-number.ts';

/** What never arrived: of all time, or `?incident=N`. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'page.read');
  const incident = parseRowNumber(new URL(request.url).searchParams.get('incident'));
  const view = await readReconciliation(context.services, {
    incidentId: incident ?? undefined,
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

/**
 * Compares Chatwoot with the inbox now; `since` (`2h`, or a time) to look further back than the last comparison. With `run`
 * and `do`: pauses, resumes or cancels one that goes on.
 */
export async function action({ request, context }: ActionFunctionArgs): Promise<Response> {
  const { actor, form } = await authorizeForm({ request, context }, 'reconcile.run');
  const now = context.services.db.clock.now();
  const wish = form.fields.get('since')?.trim() ?? '';
  const since = wish === '' ? null : parseSince(wish, now);
  const verb = comparisonVerb(form.fields.get('do'));
  const id = parseRowNumber(form.fields.get('run') ?? '');
  if (verb && id !== null) {
    const outcome = await controlReconciliation(context.services, { id, verb, actor, now });
    return answerForm(form, {
      status: outcome === 'comparison_not_changed' ? 409 : 200,
      body: { outcome },
      location: `/waiting?done=${outcome}#missing`,
    });
  }
  const back = (code: string) => `/waiting?done=${code}#missing`;
  if (wish !== '' && !since) {
    if (form.wantsJson)
      return problemResponse({
        status: 400,
        title: 'Not understood',
        code: 'since_not_understood',
        detail: 'since takes 30m, 2h, 3d or a time such as 2026-11-23T05:00Z in the past.',
      });
    return answerForm(form, { status: 400, body: {}, location: back('since_not_understood') });
  }
  const outcome = await requestReconciliation(context.services, { since, actor, now });
  return answerForm(form, {
    status: STATUS[outcome.outcome],
    body: outcome,
    location: back(outcome.outcome),
  });
}
