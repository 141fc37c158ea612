import { onlyRead } from '../../lib/http/form-action.server.ts';
import type { LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { describeApi } from '../../features/api/openapi.server.ts';

export const action = () => onlyRead();

/** The description of the API. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'page.read');
  return Response.json(describeApi(context.services.config.APP_URL), {
    headers: { 'Cache-Control': 'no-store' },
  });
}
