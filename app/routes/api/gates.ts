import { json, type LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { readRecoveryPage } from '../../features/recovery/read-recovery-gate.server.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { parseRowNumber } from '../../lib/http/row-number.ts';

/** Both gates and the newest canary, for programs; `incident` chooses whose recovery. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'page.read');
  const wish = new URL(request.url).searchParams.get('incident');
  const incidentId = parseRowNumber(wish);
  const found =
    wish !== null && incidentId === null
      ? null
      : await readRecoveryPage(context.services, { incidentId, now: context.services.db.clock.now() });
  if (!found)
    return problemResponse({
      status: 404,
      title: 'Not found',
      code: 'not_found',
      detail: 'There is no incident with that number.',
    });
  return json(found, { headers: { 'Cache-Control': 'no-store' } });
}
