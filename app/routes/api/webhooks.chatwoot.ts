import type { ActionFunctionArgs, AppLoadContext, LoaderFunctionArgs } from '@remix-run/node';
import { handleWebhook, webBody } from '../../features/intake/handle-webhook.server.ts';

/**
 * `POST /api/webhooks/chatwoot`. The production server answers it before Remix sees it
 * (app/server/webhook-endpoint.ts, for speed); both call the same verb.
 */
async function handle(
  request: Request,
  { intake, services, clientAddress }: AppLoadContext,
): Promise<Response> {
  const answer = await handleWebhook(intake, services.config, {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    readBody: webBody(request),
    caller: clientAddress ?? undefined,
  });
  // Nobody reads this one: the client went away before its request was complete.
  if (!answer) return new Response(null, { status: 400 });
  if (answer.keptSince !== null)
    intake.answered({ tookMs: performance.now() - answer.keptSince, hungUp: request.signal.aborted });
  return new Response(answer.body, { status: answer.status, headers: answer.headers });
}

export const action = ({ request, context }: ActionFunctionArgs) => handle(request, context);

export const loader = ({ request, context }: LoaderFunctionArgs) => handle(request, context);
