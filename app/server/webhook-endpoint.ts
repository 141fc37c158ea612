import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  answerProblem,
  handleWebhook,
  nodeBody,
  type WebhookAnswer,
} from '../features/intake/handle-webhook.server.ts';
import { type Intake, type WebhookHeaders, problemOfRejection } from '../features/intake/intake.ts';
import { tokenCaller } from '../features/intake/webhook-gate.server.ts';
import type { Services } from '../lib/services.server.ts';

const PATH = '/api/webhooks/chatwoot';
/** A client that is still sending gets so long to read the answer before its connection is closed, in ms. */
const LINGER_MS = 1000;

/**
 * The webhook route on node:http alone: Express and Remix before it cost half of what one core can take.
 * @returns a handler that says whether the request was its own
 */
export function webhookEndpoint(
  intake: Intake,
  services: Services,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { config, log } = services;
  return (request, response) => {
    const url = request.url ?? '';
    if (!isWebhookPath(url)) return false;
    handleWebhook(intake, config, {
      method: request.method ?? '',
      url,
      headers: request.headers as WebhookHeaders,
      readBody: nodeBody(request),
      caller: callerOf(request, config.TRUSTED_PROXIES),
    }).then(
      (answer) => {
        if (!answer) return;
        if (answer.keptSince !== null)
          intake.answered({
            tookMs: performance.now() - answer.keptSince,
            hungUp: !request.socket.writable,
          });
        send(request, response, answer);
      },
      (error: unknown) => {
        log.error({ err: error }, 'the webhook endpoint failed');
        send(request, response, {
          status: 500,
          headers: { 'Content-Type': 'application/problem+json' },
          body: '{"title":"Internal error","status":500,"code":"internal"}',
          close: true,
          keptSince: null,
        });
      },
    );
    return true;
  };
}

function callerOf({ socket, headers }: IncomingMessage, trusted: number): string {
  const forwarded = headers['x-forwarded-for'];
  return tokenCaller(socket.remoteAddress ?? '', forwarded as string | undefined, trusted);
}

/** Also as somebody may have written it in Chatwoot: with a slash at the end, or with one too many. */
function isWebhookPath(url: string): boolean {
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  return path === PATH || path.replace(/\/{2,}/g, '/').replace(/\/$/, '') === PATH;
}

/** There is no room for this body: said at once, unread. */
export function refuseBusy(intake: Intake, request: IncomingMessage, response: ServerResponse): void {
  if (isWebhookPath(request.url ?? '')) intake.reject('busy');
  send(request, response, answerProblem(problemOfRejection('busy'), true));
}

/** A small rest of a request is read and dropped by node:http itself, and the connection lives on. */
function isLarge(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || Number(length ?? 0) > 65_536;
}

function send(request: IncomingMessage, response: ServerResponse, answer: WebhookAnswer): void {
  const { status, headers, body, close } = answer;
  headers['Content-Length'] = String(Buffer.byteLength(body));
  const unread = close && !request.complete && isLarge(request);
  if (unread) headers.Connection = 'close';
  response.writeHead(status, headers);
  if (!unread) {
    response.end(body);
    return;
  }
  // Closed at once, with bytes of the request unread, the connection would be reset and the answer lost.
  response.write(body);
  const finish = () => {
    clearTimeout(timer);
    response.end();
    request.destroy();
  };
  const timer = setTimeout(finish, LINGER_MS);
  request.once('end', finish).once('close', finish).resume();
}
