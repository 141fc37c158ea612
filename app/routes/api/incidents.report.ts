import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { holds } from '../../features/access/permissions.ts';
import { acting } from '../../features/api/acting.server.ts';
import type { Actor } from '../../features/audit/actor.ts';
import { addAction, changeAction } from '../../features/report/change-report.server.ts';
import { readReport } from '../../features/report/read-report.server.ts';
import { parseContent } from '../../features/report/report-content.ts';
import { FORMAT_TYPES, formatReport, REPORT_QUERY } from '../../features/report/report-formats.ts';
import { afterChange, type ReportNotice, reportNoticeText } from '../../features/report/report-notices.ts';
import { ACTION_STATES, parseActionInput } from '../../features/report/report-view.ts';
import { saveDraft, settleAside } from '../../features/report/save-draft.server.ts';
import { reopenReport, signReport } from '../../features/report/sign-report.server.ts';
import { answerForm, methodNotAllowed, onlyRead } from '../../lib/http/form-action.server.ts';
import { parseRowNumber, parseVersion, readFields } from '../../lib/http/form-fields.ts';
import { notUnderstood, problemResponse } from '../../lib/http/problem.ts';
import { withNotice } from '../../lib/notice.ts';
import type { Services } from '../../lib/services.server.ts';

/** The report of an incident as a file: `format=md`, `html` or `json` (which is what programs get without one). */
export async function loader({ request, context, params }: LoaderFunctionArgs): Promise<Response> {
  if (params.verb !== undefined) return methodNotAllowed();
  const asker = await authorize({ request, context }, 'page.read');
  const query = readFields(REPORT_QUERY, new URL(request.url).searchParams);
  if (!query.ok) return problemResponse(notUnderstood('format is md, html or json.'));
  const { format } = query.value;
  const incidentId = parseRowNumber(params.id);
  const withCustomers = holds(asker, 'texts.read');
  const report =
    incidentId === null
      ? null
      : await readReport(context.services, {
          incidentId,
          withCustomers,
          now: context.services.db.clock.now(),
        });
  if (!report)
    return problemResponse({
      status: 404,
      title: 'Not found',
      code: 'not_found',
      detail: 'There is no incident with that number.',
    });
  return new Response(formatReport(report, format), {
    headers: {
      'Content-Type': FORMAT_TYPES[format],
      'Content-Disposition': `attachment; filename="incident-${report.incident.id}-report.${format}"`,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
  });
}

const VERBS = ['save', 'settle', 'sign', 'reopen', 'add-action', 'change-action'] as const;
type Verb = (typeof VERBS)[number];

/** Changes the report of an incident: `/api/incidents/:id/report/:verb`, with the fields of that verb. */
const change = acting('report.write', async ({ actor, form, context, params }) => {
  const incidentId = parseRowNumber(params.id);
  const verb = VERBS.find((one) => one === params.verb);
  if (incidentId === null || !verb)
    return problemResponse({
      status: 404,
      title: 'Not found',
      code: 'not_found',
      detail: `A report is changed at /api/incidents/NUMBER/report/VERB; verbs are ${VERBS.join(', ')}.`,
    });
  const outcome = await act(context.services, verb, incidentId, form.fields, actor);
  const code = `report_${outcome.outcome}` as const;
  const location = withNotice<ReportNotice>(form.returnTo, { code }, afterChange(code));
  return answerForm(form, {
    status: statusOf(outcome.outcome),
    body: outcome,
    location,
    say: reportNoticeText,
  });
});

function act(services: Services, verb: Verb, incidentId: number, fields: URLSearchParams, actor: Actor) {
  const request = { incidentId, actor, now: services.db.clock.now() };
  const number = (name: string) => parseVersion(fields.get(name));
  const notUnderstood = Promise.resolve({ outcome: 'not_understood' as const });
  const version = number('version');
  switch (verb) {
    case 'save':
      return version === null
        ? notUnderstood
        : saveDraft(services, { ...request, version, content: parseContent(fields) });
    case 'settle': {
      const aside = number('aside');
      return aside === null ? notUnderstood : settleAside(services, { ...request, aside });
    }
    case 'sign':
      return version === null ? notUnderstood : signReport(services, { ...request, version });
    case 'reopen':
      return reopenReport(services, { ...request, reason: fields.get('reason') ?? '' });
    case 'add-action': {
      const parsed = parseActionInput(fields);
      return parsed.ok ? addAction(services, { ...request, input: parsed.input }) : notUnderstood;
    }
    case 'change-action': {
      const parsed = parseActionInput(fields);
      const id = number('action_id');
      const state = ACTION_STATES.find((one) => one === fields.get('state'));
      if (!parsed.ok || id === null || version === null || !state) return notUnderstood;
      return changeAction(services, { ...request, id, version, state, input: parsed.input });
    }
  }
}

function statusOf(outcome: Awaited<ReturnType<typeof act>>['outcome']): number {
  switch (outcome) {
    case 'saved':
    case 'unchanged':
    case 'settled':
    case 'report_signed':
    case 'report_reopened':
    case 'action_added':
    case 'action_changed':
      return 200;
    case 'kept_beside':
    case 'merged':
    case 'signed':
    case 'not_signed':
    case 'not_resolved':
    case 'changed_meanwhile':
    case 'root_cause_missing':
    case 'too_many_actions':
      return 409;
    case 'not_found':
    case 'no_such_aside':
    case 'no_such_action':
      return 404;
    case 'reason_missing':
    case 'not_understood':
      return 400;
  }
}

export const action = async (call: ActionFunctionArgs): Promise<Response> =>
  call.params.verb === undefined
    ? onlyRead('A report is changed at /api/incidents/NUMBER/report/VERB.')
    : change(call);
