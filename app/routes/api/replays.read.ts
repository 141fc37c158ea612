import type { LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { replayProgress } from '../../features/delivery/replays/read-replays.server.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { parseRowNumber } from '../../lib/http/form-fields.ts';

/** How far a replay is: `GET /api/replays/:id`. */
export async function loader({ request, context, params }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'page.read');
  const id = parseRowNumber(params.id);
  const progress =
    id === null ? null : await replayProgress(context.services, id, context.services.db.clock.now());
  if (!progress)
    return problemResponse({
      status: 404,
      title: 'Not found',
      code: 'not_found',
      detail: 'There is no replay with that number.',
    });
  return Response.json(progress, { headers: { 'Cache-Control': 'no-store' } });
}

export { action } from './status.ts';
