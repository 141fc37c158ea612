import { json, type LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { GATES_QUERY, readRecoveryPage } from '../../features/recovery/read-recovery-gate.server.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { readFields } from '../../lib/http/form-fields.ts';

/** Both gates and the newest canary, for programs; `incident` chooses whose recovery. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'page.read');
  const query = readFields(GATES_QUERY, new URL(request.url).searchParams);
  const found = query.ok
    ? await readRecoveryPage(context.services, {
        incidentId: query.value.incident ?? null,
        now: context.services.db.clock.now(),
      })
    : null;
  if (!found)
    return problemResponse({
      status: 404,
      title: 'Not found',
      code: 'not_found',
      detail: 'There is no incident with that number.',
    });
  return json(found, { headers: { 'Cache-Control': 'no-store' } });
}
