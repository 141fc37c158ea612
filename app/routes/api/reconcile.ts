import type { LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { holds } from '../../features/access/permissions.ts';
import { acting, byLastPart } from '../../features/api/acting.server.ts';
import {
  COMPARE_FIELDS,
  CONTROL_FIELDS,
  controlReconciliation,
  FOUND_QUERY,
} from '../../features/arrival/comparison/control-reconciliation.server.ts';
import {
  type DecideOutcome,
  decideWithheld,
  WITHHELD_FIELDS,
  WITHHELD_QUERY,
  withheldSelection,
} from '../../features/arrival/comparison/decide-withheld.server.ts';
import { readReconciliation } from '../../features/arrival/comparison/read-reconciliation.server.ts';
import { readWithheld } from '../../features/arrival/comparison/read-withheld.server.ts';
import {
  parseSince,
  type RequestOutcome,
  requestReconciliation,
} from '../../features/arrival/comparison/start-reconciliation.server.ts';
import { waitingNotice } from '../../features/waiting/waiting-words.ts';
import { answerForm } from '../../lib/http/form-action.server.ts';
import { readFields } from '../../lib/http/form-fields.ts';
import { notUnderstood, problemResponse } from '../../lib/http/problem.ts';

/** What never arrived: of all time, or `?incident=N`. */
async function readFound({ request, context }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'page.read');
  const query = readFields(FOUND_QUERY, new URL(request.url).searchParams);
  if (!query.ok) return problemResponse(notUnderstood(query.problem));
  const view = await readReconciliation(context.services, {
    incidentId: query.value.incident,
    now: context.services.db.clock.now(),
  });
  return Response.json(view, { headers: { 'Cache-Control': 'no-store' } });
}

const STATUS_OF_REQUEST: Record<RequestOutcome['outcome'], number> = {
  started: 202,
  already_running: 409,
  paused: 409,
  nothing_received: 409,
  not_connected: 409,
};

/** Compares Chatwoot with the inbox now; with `run` and `do`: pauses, resumes or cancels one that goes on. */
const compare = acting('reconcile.run', async ({ actor, form, context }) => {
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
  return answer(STATUS_OF_REQUEST[outcome.outcome], outcome.outcome, outcome);
});

/** What was fetched and waits for somebody's decision: all of it, or of the comparison `?run=N`. */
async function readFoundWithheld({ request, context }: LoaderFunctionArgs): Promise<Response> {
  const asker = await authorize({ request, context }, 'page.read');
  const query = readFields(WITHHELD_QUERY, new URL(request.url).searchParams);
  if (!query.ok) return problemResponse(notUnderstood(query.problem));
  const view = await readWithheld(context.services, {
    withNames: holds(asker, 'texts.read'),
    run: query.value.run,
  });
  return Response.json(view, { headers: { 'Cache-Control': 'no-store' } });
}

const STATUS_OF_DECISION: Record<DecideOutcome['outcome'], number> = {
  sent: 200,
  left: 200,
  nothing_withheld: 409,
  database_away: 503,
};

/** Sends withheld messages on (`do=send`), or leaves them for good (`do=leave`, for whoever may discard). */
const decide = acting('reconcile.run', async ({ actor, form, request, context }) => {
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
  return answer(STATUS_OF_DECISION[outcome.outcome], unsure ? 'withheld_unsure' : outcome.outcome, outcome);
});

export const loader = byLastPart({ reconcile: readFound, withheld: readFoundWithheld });

export const action = byLastPart({ reconcile: compare, withheld: decide });
