import { redirect, type ActionFunctionArgs } from '@remix-run/node';
import { callerOf, seatAtDemo, signOut } from '../features/access/sign-in/sign-in.server.ts';
import { cookiesOf } from '../features/access/sign-in/create-auth.server.ts';
import { methodNotAllowed, receiveForm } from '../lib/http/form-action.server.ts';

export const loader = methodNotAllowed;

/** Ends the session; without one there is nothing to end, and the answer is the same. */
export async function action(args: ActionFunctionArgs): Promise<Response> {
  const form = await receiveForm(args.request, args.context.services.config.APP_URL);
  if (form instanceof Response) return form;
  const headers = await signOut(callerOf(args), args.context.services.db.clock.now());
  return redirect(seatAtDemo(callerOf(args)) ? '/sign-in?out' : '/sign-in', {
    status: 303,
    headers: cookiesOf(headers),
  });
}
