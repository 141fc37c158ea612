import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { frameCookieFor } from '../features/access/sessions/frame-session.server.ts';
import { frameOrigins, framePage } from '../features/frame/frame.server.ts';
import { methodNotAllowed, receiveForm } from '../lib/http/form-action.server.ts';
import { problemResponse } from '../lib/http/problem.ts';

const NO_STORE = { 'Cache-Control': 'no-store' };

/** The page that Chatwoot shows beside a conversation; by itself it tells nothing to anybody. */
export function loader({ context }: LoaderFunctionArgs): Response {
  return new Response(framePage(frameOrigins(context.services.config)), {
    headers: { ...NO_STORE, 'Content-Type': 'text/html; charset=utf-8' },
  });
}

/** Signs the frame in, once in a browser, with the `code` that somebody who is signed in copied into it. */
export async function action({ request, context }: ActionFunctionArgs): Promise<Response> {
  if (request.method !== 'POST') return methodNotAllowed();
  const { services, access } = context;
  const form = await receiveForm(request, services.config.APP_URL);
  if (form instanceof Response) return form;
  const code = form.fields.get('code') ?? '';
  const cookie = await frameCookieFor(services, access, code, services.db.clock.now());
  if (cookie === null)
    return problemResponse({
      status: 400,
      title: 'Code not good',
      code: 'code_not_good',
      detail: 'This code is not good any more: it works once, for five minutes. Get a new one.',
    });
  return Response.json({ outcome: 'signed_in' }, { headers: { ...NO_STORE, 'Set-Cookie': cookie } });
}
