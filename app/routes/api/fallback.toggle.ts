import { json, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { authorize, authorizeFormUnlessAway } from '../../features/access/authorize.server.ts';
import { listFallbackRuns, readFallbackState } from '../../features/fallback/read-fallback.server.ts';
import { awayNotice, type FallbackDone } from '../../features/fallback/fallback-words.ts';
import { optionsFromParams } from '../../features/fallback/fallback-view.ts';
import { planFallback } from '../../features/fallback/plan-fallback.server.ts';
import { toggleFallback, type ToggleOutcome } from '../../features/fallback/toggle-fallback.server.ts';
import {
  judgeRestoreIn,
  openItems,
  readRestoreGate,
} from '../../features/recovery/restore/read-restore-gate.server.ts';
import { answerForm } from '../../lib/http/form-action.server.ts';
import { problemResponse, type Problem } from '../../lib/http/problem.ts';
import { parseVersion } from '../../lib/http/row-number.ts';

/** Where fallback mode stands, with its latest run, what waits, and the restore checklist. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await authorize({ request, context }, 'page.read');
  const { services } = context;
  const now = services.db.clock.now();
  const [state, runs, gate, { held, skipped }] = await Promise.all([
    readFallbackState(services),
    listFallbackRuns(services, 1),
    readRestoreGate(services, now),
    planFallback(services, { direction: 'off', now }),
  ]);
  const body = {
    ...state,
    run: runs[0] ?? null,
    waiting: { held, skipped },
    checklist: { open: gate.open, items: openItems(gate.items) },
  };
  return json(body, { headers: { 'Cache-Control': 'no-store' } });
}

const PROBLEMS: Partial<Record<FallbackDone, Pick<Problem, 'status' | 'title' | 'detail'>>> = {
  not_understood: {
    status: 400,
    title: 'Not understood',
    detail: 'Send to=on or to=off, a reason, and if need be inbox=NUMBER and webhook=disabled.',
  },
  reason_missing: { status: 400, title: 'Reason missing', detail: 'Say why, in the field "reason".' },
  checklist_open: {
    status: 409,
    title: 'Restore checklist open',
    detail: 'Finish the checklist, or override it with a reason in the field "override".',
  },
  database_away: {
    status: 503,
    title: 'Nothing was done',
    detail: 'The database does not answer. Try again when it does; webhooks are taken all the same.',
  },
  database_lost: {
    status: 503,
    title: 'Not known whether it was done',
    detail:
      'The database stopped answering at the last moment. Look where fallback mode stands before you try again.',
  },
};

const WHEN_AWAY = '/fallback?done=database_away' satisfies `/fallback?done=${FallbackDone}`;

/** Switches fallback mode: `to`, `reason`, `override`, `version`, `inbox` (several), `webhook`. */
export async function action({ request, context }: ActionFunctionArgs): Promise<Response> {
  const { services } = context;
  const { actor, form } = await authorizeFormUnlessAway({ request, context }, 'fallback.toggle', WHEN_AWAY);
  const { fields } = form;
  const now = services.db.clock.now();
  const to = fields.get('to');
  const options = optionsFromParams(fields);
  const version = fields.get('version') ? parseVersion(fields.get('version')) : undefined;
  const understood = (to === 'on' || to === 'off') && options && version !== null;
  const back = (code: string) => `/fallback?done=${code}`;
  const refuse = (code: keyof typeof PROBLEMS, more: object = {}) => {
    const problem = { ...PROBLEMS[code]!, code };
    if (!form.wantsJson) return answerForm(form, { status: 400, body: {}, location: back(code) });
    const response = problemResponse(problem);
    return Response.json(
      { type: `urn:outage-center:problem:${code}`, ...problem, ...more },
      { status: response.status, headers: response.headers },
    );
  };
  if (!understood) return refuse('not_understood');
  const outcome: ToggleOutcome = await toggleFallback(services, {
    to,
    reason: fields.get('reason') ?? '',
    options,
    overrideReason: fields.get('override') ?? undefined,
    restoreGate: judgeRestoreIn,
    actor,
    now,
    version,
  });
  switch (outcome.outcome) {
    case 'switched':
      return answerForm(form, { status: 200, body: outcome, location: back(outcome.state) });
    case 'not_switched':
      return answerForm(form, { status: 409, body: outcome, location: back('not_switched') });
    case 'reason_missing':
      return refuse('reason_missing');
    case 'checklist_open':
      return refuse('checklist_open', { items: outcome.items });
    case 'database_away':
      return refuse(awayNotice(outcome));
  }
}
