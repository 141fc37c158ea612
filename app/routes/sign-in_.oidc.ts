import { redirect, type LoaderFunctionArgs } from '@remix-run/node';
import { callerOf } from '../features/access/sign-in/sign-in.server.ts';
import { cookiesOf } from '../features/access/sign-in/create-auth.server.ts';
import { beginOidc } from '../features/access/sign-in/single-sign-on.server.ts';
import { ownPath } from '../lib/http/same-origin.ts';

/** Starts the single sign-on: goes to the identity provider. */
export async function loader(args: LoaderFunctionArgs): Promise<Response> {
  const { request, context } = args;
  if (!context.access.hasOidc) throw new Response(null, { status: 404, statusText: 'Not Found' });
  const returnTo = ownPath(new URL(request.url).searchParams.get('returnTo'), request.url);
  const begun = await beginOidc(callerOf(args), returnTo, context.services.db.clock.now());
  return begun.outcome === 'go'
    ? redirect(begun.url, { headers: cookiesOf(begun.headers) })
    : redirect('/sign-in?error=sso');
}
