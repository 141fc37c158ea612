import { redirect, type LoaderFunctionArgs } from '@remix-run/node';
import { callerOf, signInToDemo } from '../features/access/sign-in/sign-in.server.ts';
import { cookiesOf } from '../features/access/sign-in/create-auth.server.ts';

/** The link that the demo prints; everywhere else there is no such page. */
export async function loader(args: LoaderFunctionArgs): Promise<Response> {
  const outcome = await signInToDemo(
    callerOf(args),
    args.params.token ?? '',
    args.context.services.db.clock.now(),
  );
  if (!outcome) throw new Response(null, { status: 404, statusText: 'Not Found' });
  switch (outcome.outcome) {
    case 'signed_in':
      return redirect('/', { headers: cookiesOf(outcome.headers) });
    case 'second_factor':
      return redirect('/sign-in/code', { headers: cookiesOf(outcome.headers) });
    case 'refused':
    case 'too_many_tries':
      return redirect('/sign-in');
  }
}
