import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { holds } from '../../features/access/permissions.ts';
import { authorize, authorizeForm } from '../../features/access/authorize.server.ts';
import {
  decideWithheld,
  type DecideOutcome,
} from '../../features/arrival/comparison/decide-withheld.server.ts';
import { readWithheld } from '../../features/arrival/comparison/read-withheld.server.ts';
import { selectionOf } from '../../features/arrival/comparison/history.ts';
import { answerForm } from '../../lib/http/form-action.server.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { parseRowNumber } from '../../lib/http/row-number.ts';

/** What was fetched and waits for somebody's decision: all of it, or of the comparison `?run=N`. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  const asker = await authorize({ request, context }, 'page.read');
  const run = parseRowNumber(new URL(request.url).searchParams.get('run'));
  const view = await readWithheld(context.services, {
    withNames: holds(asker, 'texts.read'),
    ...(run !== null && { run }),
  });
  return Response.json(view, { headers: { 'Cache-Control': 'no-store' } });
}

const STATUS: Record<DecideOutcome['outcome'], number> = {
  sent: 200,
  left: 200,
  nothing_withheld: 409,
  database_away: 503,
};

const NOT_UNDERSTOOD = {
  status: 400,
  title: 'Not understood',
  code: 'not_understood',
  detail:
    'do takes send or leave. Which ones: seq (once for each), or all=yes with upTo, run or reason=old,many to narrow it.',
};

/** Sends withheld messages on (`do=send`), or leaves them for good (`do=leave`, for whoever may discard). */
export async function action({ request, context }: ActionFunctionArgs): Promise<Response> {
  // Before the form is read: who may nothing learns nothing.
  const { actor, form } = await authorizeForm({ request, context }, 'reconcile.run');
  const decision = form.fields.get('do');
  const selection = selectionOf(form.fields);
  const back = (code: string) => `/waiting?done=${code}#withheld`;
  if ((decision !== 'send' && decision !== 'leave') || !selection) {
    if (form.wantsJson) return problemResponse(NOT_UNDERSTOOD);
    return answerForm(form, { status: 400, body: {}, location: back('withheld_not_understood') });
  }
  if (decision === 'leave') await authorize({ request, context }, 'dead_letters.discard');
  const now = context.services.db.clock.now();
  const outcome = await decideWithheld(context.services, { decision, selection, actor, now });
  return answerForm(form, {
    status: STATUS[outcome.outcome],
    body: outcome,
    location: back(
      outcome.outcome === 'database_away' && !outcome.sure ? 'withheld_unsure' : outcome.outcome,
    ),
  });
}
