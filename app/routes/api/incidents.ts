import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { authorize, authorizeForm } from '../../features/access/authorize.server.ts';
import { parseManualCause } from '../../features/incidents/incident-form.ts';
import type { IncidentNotice } from '../../features/incidents/incident-notices.ts';
import { aWeekAgo, listIncidents } from '../../features/incidents/read-incidents.server.ts';
import { openIncident, type OpenOutcome } from '../../features/incidents/open-incident.server.ts';
import { answerForm } from '../../lib/http/form-action.server.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { withNotice } from '../../lib/notice.ts';
import { parseSeverity } from '../../lib/severity.ts';

const MOST = 200;

/** Incidents by pages, the newest first: those that need somebody or began within a week; with `all=1` every one. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'page.read');
  const { searchParams } = new URL(request.url);
  const page = Number(searchParams.get('page') ?? 1);
  const found = await listIncidents(context.services, {
    since: searchParams.get('all') === '1' ? null : aWeekAgo(context.services.db.clock.now()),
    page: Number.isSafeInteger(page) ? page : 1,
    pageSize: MOST,
  });
  return Response.json(found, { headers: { 'Cache-Control': 'no-store' } });
}

/** Opens an incident by hand: `title`, `severity`, `reason`, and `cause` if it is one that the guide knows. */
export async function action({ request, context }: ActionFunctionArgs): Promise<Response> {
  const { actor, form } = await authorizeForm({ request, context }, 'incidents.respond');
  const { fields } = form;
  const severity = parseSeverity(fields.get('severity'));
  const cause = parseManualCause(fields.get('cause'));
  if (severity === null || cause === undefined) {
    if (form.wantsJson)
      return problemResponse({
        status: 400,
        title: 'Not understood',
        code: 'not_understood',
        detail: 'severity is P0, P1 or P2; cause is chatwoot, delivery, intake or left out.',
      });
    const location = withNotice<IncidentNotice>(form.returnTo, { code: 'incident_not_understood' });
    return answerForm(form, { status: 400, body: {}, location });
  }
  const outcome = await openIncident(context.services, {
    title: fields.get('title') ?? '',
    reason: fields.get('reason') ?? '',
    severity,
    cause,
    actor,
    now: context.services.db.clock.now(),
  });
  const { status, location } = answerOf(outcome, form.returnTo);
  return answerForm(form, { status, body: outcome, location });
}

function answerOf(outcome: OpenOutcome, returnTo: string): { status: number; location: string } {
  switch (outcome.outcome) {
    case 'opened':
    case 'already_open': {
      const { incidentId } = outcome;
      const page = `/incidents/${incidentId}`;
      return {
        status: outcome.outcome === 'opened' ? 201 : 409,
        location: withNotice<IncidentNotice>(page, { code: `incident_${outcome.outcome}`, n: incidentId }),
      };
    }
    case 'text_missing':
      return {
        status: 400,
        location: withNotice<IncidentNotice>(returnTo, { code: 'incident_text_missing' }),
      };
  }
}
