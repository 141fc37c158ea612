import type { LoaderFunctionArgs } from '@remix-run/node';
import { callerOf } from '../features/access/sign-in/sign-in.server.ts';
import { finishOidc } from '../features/access/sign-in/single-sign-on.server.ts';

/** Where the identity provider sends people back to. */
export async function loader(args: LoaderFunctionArgs): Promise<Response> {
  if (!args.context.access.hasOidc) throw new Response(null, { status: 404, statusText: 'Not Found' });
  return finishOidc(callerOf(args), args.context.services.db.clock.now());
}
