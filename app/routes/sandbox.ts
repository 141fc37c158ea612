import type { ActionFunctionArgs } from '@remix-run/node';
import { authorizeForm } from '../features/access/authorize.server.ts';
import { commandSandbox, parseSandboxCommand } from '../features/overview/sandbox.server.ts';
import { answerForm, methodNotAllowed } from '../lib/http/form-action.server.ts';
import { problemResponse } from '../lib/http/problem.ts';

export const loader = methodNotAllowed;

/** Passes a form of the sandbox bar on to the sandbox's control server, where there is one. */
export async function action({ request, context }: ActionFunctionArgs): Promise<Response> {
  const { sandboxUrl } = context;
  const { form } = await authorizeForm({ request, context }, 'sandbox.use');
  if (!sandboxUrl)
    return problemResponse({
      status: 404,
      title: 'No sandbox',
      code: 'no_sandbox',
      detail: 'This app runs without the sandbox: it is part of "npm run demo" only.',
    });
  const command = parseSandboxCommand(form.fields);
  if (!command)
    return problemResponse({
      status: 400,
      title: 'Not understood',
      code: 'not_understood',
      detail: 'The sandbox knows the commands agent, chatwoot and script, each with its own fields.',
    });
  const answer = await commandSandbox(sandboxUrl, command);
  switch (answer.outcome) {
    case 'done':
      return answerForm(form, { status: 200, body: answer.state, location: form.returnTo });
    case 'refused':
      return problemResponse({
        status: answer.status,
        title: 'The sandbox refused',
        code: 'sandbox_refused',
        detail: answer.detail,
      });
    case 'unreachable':
      return problemResponse({
        status: 502,
        title: 'The sandbox does not answer',
        code: 'sandbox_unreachable',
        detail: 'The sandbox does not answer: it may have been stopped. Start the demo again.',
      });
  }
}
