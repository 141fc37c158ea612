import type { LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { readShell } from '../../features/overview/read-overview.server.ts';

/** What stands around the pages, for those that are not read again as a whole, and for tabs in the background. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'page.read');
  const { services, intake } = context;
  return Response.json(await readShell(services, intake.status(), services.db.clock.now()), {
    headers: { 'Cache-Control': 'no-store' },
  });
}
