import type { LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { readIncident } from '../../features/incidents/read-incident.server.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { parseRowNumber } from '../../lib/http/form-fields.ts';

/** One incident with everything about it, for programs. */
export async function loader({ request, context, params }: LoaderFunctionArgs): Promise<Response> {
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

export const action = () =>
  problemResponse({
    status: 405,
    title: 'Method not allowed',
    code: 'method_not_allowed',
    detail: 'This address is only read. An incident is changed at /api/incidents/NUMBER/VERB.',
    headers: { Allow: 'GET' },
  });
