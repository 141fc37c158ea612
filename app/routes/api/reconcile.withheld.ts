import { acting } from '../../features/api/acting.server.ts';
import type { LoaderFunctionArgs } from '@remix-run/node';
import { holds } from '../../features/access/permissions.ts';
import { authorize } from '../../features/access/authorize.server.ts';
import {
  decideWithheld,
  type DecideOutcome,
  WITHHELD_FIELDS,
  WITHHELD_QUERY,
  withheldSelection,
} from '../../features/arrival/comparison/decide-withheld.server.ts';
import { readWithheld } from '../../features/arrival/comparison/read-withheld.server.ts';
import { waitingNotice } from '../../features/waiting/waiting-words.ts';
import { readFields } from '../../lib/http/form-fields.ts';
import { answerForm } from '../../lib/http/form-action.server.ts';
import { notUnderstood, problemResponse } from '../../lib/http/problem.ts';

/** What was fetched and waits for somebody's decision: all of it, or of the comparison `?run=N`. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  const asker = await authorize({ request, context }, 'page.read');
  const query = readFields(WITHHELD_QUERY, new URL(request.url).searchParams);
  if (!query.ok) return problemResponse(notUnderstood(query.problem));
  const view = await readWithheld(context.services, {
    withNames: holds(asker, 'texts.read'),
    run: query.value.run,
  });
  return Response.json(view, { headers: { 'Cache-Control': 'no-store' } });
}

const STATUS: Record<DecideOutcome['outcome'], number> = {
  sent: 200,
  left: 200,
  nothing_withheld: 409,
  database_away: 503,
};

/** Sends withheld messages on (`do=send`), or leaves them for good (`do=leave`, for whoever may discard). */
export const action = acting('reconcile.run', async ({ actor, form, request, context }) => {
  const answer = (status: number, code: string, body: { outcome: string }) =>
    answerForm(form, {
      status,
      body,
      location: `/waiting?done=${code}#withheld`,
      say: (query) => waitingNotice(query.get('done')),
    });
  const sent = readFields(WITHHELD_FIELDS, form.fields);
  const selection = sent.ok ? withheldSelection(sent.value) : null;
  if (!sent.ok || !selection) return answer(400, 'withheld_not_understood', { outcome: 'not_understood' });
  const { do: decision } = sent.value;
  if (decision === 'leave') await authorize({ request, context }, 'dead_letters.discard');
  const now = context.services.db.clock.now();
  const outcome = await decideWithheld(context.services, { decision, selection, actor, now });
  const unsure = outcome.outcome === 'database_away' && !outcome.sure;
  return answer(STATUS[outcome.outcome], unsure ? 'withheld_unsure' : outcome.outcome, outcome);
});
