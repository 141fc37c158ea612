import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { type IncidentNotice, incidentNoticeText } from '../../components/incidents/incident-words.ts';
import { authorize } from '../../features/access/authorize.server.ts';
import { acting } from '../../features/api/acting.server.ts';
import { LIST_QUERY, OPEN_FIELDS } from '../../features/incidents/incident-form.ts';
import { openIncident, type OpenOutcome } from '../../features/incidents/open-incident.server.ts';
import { readIncident } from '../../features/incidents/read-incident.server.ts';
import { aWeekAgo, listIncidents } from '../../features/incidents/read-incidents.server.ts';
import { answerForm, onlyRead } from '../../lib/http/form-action.server.ts';
import { parseRowNumber, readFields } from '../../lib/http/form-fields.ts';
import { notUnderstood, problemResponse } from '../../lib/http/problem.ts';
import { withNotice } from '../../lib/notice.ts';

const MOST = 200;

/** Incidents by pages, the newest first: those that need somebody or began within a week; with `all=1` every one. */
async function readList({ request, context }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'page.read');
  const query = readFields(LIST_QUERY, new URL(request.url).searchParams);
  if (!query.ok) return problemResponse(notUnderstood(query.problem));
  const { page, all } = query.value;
  const found = await listIncidents(context.services, {
    since: all === '1' ? null : aWeekAgo(context.services.db.clock.now()),
    page,
    pageSize: MOST,
  });
  return Response.json(found, { headers: { 'Cache-Control': 'no-store' } });
}

/** Opens an incident by hand: `title`, `severity`, `reason`, and `cause` if it is one that the guide knows. */
const open = acting('incidents.respond', async ({ actor, form, context }) => {
  const sent = readFields(OPEN_FIELDS, form.fields);
  if (!sent.ok) {
    const outcome = sent.isMissing ? 'text_missing' : 'not_understood';
    const location = withNotice<IncidentNotice>(form.returnTo, { code: `incident_${outcome}` });
    if (form.wantsJson && !sent.isMissing) return problemResponse(notUnderstood(sent.problem));
    return answerForm(form, { status: 400, body: { outcome }, location, say: incidentNoticeText });
  }
  const outcome = await openIncident(context.services, {
    ...sent.value,
    cause: sent.value.cause ?? null,
    actor,
    now: context.services.db.clock.now(),
  });
  const { status, location } = answerOf(outcome, form.returnTo);
  return answerForm(form, { status, body: outcome, location, say: incidentNoticeText });
});

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

/** One incident with everything about it, for programs. */
async function readOne({ request, context, params }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'page.read');
  const id = parseRowNumber(params.id);
  const incident =
    id === null ? null : await readIncident(context.services, id, context.services.db.clock.now());
  if (!incident)
    return problemResponse({
      status: 404,
      title: 'Not found',
      code: 'not_found',
      detail: 'There is no incident with that number.',
    });
  return Response.json(incident, { headers: { 'Cache-Control': 'no-store' } });
}

export const loader = (call: LoaderFunctionArgs) => (call.params.id === undefined ? readList : readOne)(call);

export const action = async (call: ActionFunctionArgs): Promise<Response> =>
  call.params.id === undefined
    ? open(call)
    : onlyRead('An incident is changed at /api/incidents/NUMBER/VERB.');
