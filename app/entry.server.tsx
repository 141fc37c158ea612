import { PassThrough } from 'node:stream';
import {
  createReadableStreamFromReadable,
  redirect,
  type AppLoadContext,
  type EntryContext,
} from '@remix-run/node';
import { isRouteErrorResponse, RemixServer } from '@remix-run/react';
import { isbot } from 'isbot';
import { renderToPipeableStream } from 'react-dom/server';
import { wayBackOfRefusal } from './features/access/access-words.ts';
import { NonceContext } from './components/layout/browser.ts';

/** After this, what has not been rendered is given up, ms. */
const ABORT_MS = 5000;

/** Renders a page; every inline script of it carries the nonce of this request's Content-Security-Policy. */
export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  context: EntryContext,
  { cspNonce, services }: AppLoadContext,
): Promise<Response> {
  // Whoever does not run scripts gets the page when it is whole.
  const ready = isbot(request.headers.get('User-Agent')) ? 'onAllReady' : 'onShellReady';
  return new Promise((resolve, reject) => {
    let shellSent = false;
    const { pipe, abort } = renderToPipeableStream(
      <NonceContext.Provider value={cspNonce}>
        <RemixServer context={context} url={request.url} abortDelay={ABORT_MS} nonce={cspNonce} />
      </NonceContext.Provider>,
      {
        nonce: cspNonce,
        [ready]() {
          shellSent = true;
          const body = new PassThrough();
          headers.set('Content-Type', 'text/html; charset=utf-8');
          // What a page shows depends on who asks; the back button of the next person must not show it.
          if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
          resolve(new Response(createReadableStreamFromReadable(body), { status, headers }));
          pipe(body);
        },
        onShellError(error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        },
        onError(error) {
          status = 500;
          // Errors before the shell reject, and are logged by whoever called.
          if (shellSent)
            services.log.error({ problem: String(error) }, 'a page failed while it was rendered');
        },
      },
    );
    setTimeout(abort, ABORT_MS + 1000).unref();
  });
}

/** Errors of loaders and actions: one line, without the request, whose address or body may quote a customer. */
export function handleError(
  error: unknown,
  { request, context }: { request: Request; context: AppLoadContext },
): void {
  // What a client asked in vain is an answer, not a failure: anybody could fill the log with it.
  if (request.signal.aborted || (isRouteErrorResponse(error) && error.status < 500)) return;
  const { pathname } = new URL(request.url);
  context.services.log.error({ err: error, method: request.method, path: pathname }, 'a request failed');
}

/** Data that the enhanced page asked for. A form that was refused comes back to its page with a sentence. */
export function handleDataRequest(
  response: Response,
  { request, context }: { request: Request; context: AppLoadContext },
): Response {
  const back = wayBackOfRefusal(request, response.status, context.services.config.APP_URL);
  return back ? redirect(back, 303) : response;
}
