import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Logger } from '../lib/log.server.ts';
import { problemBody } from '../lib/problem.ts';
import { ownPath } from '../lib/same-origin.ts';
import { problemPage, wordsOf } from './problem-page.ts';

/**
 * Turns the problem details of a refusal into a page when a browser goes to it, by a link or by a form without scripts;
 * programs and the enhanced page get them as they are. It has to stand after whatever compresses.
 * @param appUrl where people reach the app, when a proxy rewrites the Host header
 */
export function refusalsForPeople(
  appUrl: string | undefined,
  stylesheets: readonly string[],
): RequestHandler {
  const appOrigin = appUrl && new URL(appUrl).origin;
  return (request, response, next) => {
    // What the enhanced page and programs fetch takes anything, or JSON.
    if (!(request.headers.accept ?? '').includes('text/html')) return next();
    catchRefusal(response, (body) =>
      problemPage(wordsOf(response.statusCode, body), wayBack(request, appOrigin), stylesheets),
    );
    next();
  };
}

/** Errors that no route answered: problem details without a trace of the code, and a line in the log when it is ours. */
export function answerErrors(log: Logger): ErrorRequestHandler {
  return (error: { status?: unknown }, request, response, next) => {
    if (response.headersSent) return next(error);
    const said = Number(error.status);
    const status = said >= 400 && said < 500 ? said : 500;
    if (status === 500) log.error({ err: error, method: request.method }, 'a request failed');
    const { title, sentence: detail } = wordsOf(status, '');
    const code = { 404: 'not_found', 500: 'internal' }[status] ?? 'not_understood';
    response
      .status(status)
      .type('application/problem+json')
      .send(problemBody({ status, title, code, detail }));
  };
}

function wayBack(request: Request, appOrigin: string | undefined): string | null {
  const { referer, host } = request.headers;
  const base =
    appOrigin && referer?.startsWith(`${appOrigin}/`) ? appOrigin : `${request.protocol}://${host}`;
  return ownPath(referer ?? null, base, '') || null;
}

/** Holds back what a route writes of a refusal, and sends what `toPage` makes of it. */
function catchRefusal(response: Response, toPage: (body: string) => string): void {
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  const end = response.end.bind(response) as (...args: unknown[]) => Response;
  const held: Buffer[] = [];
  const isRefusal = () => {
    if (response.headersSent || response.statusCode < 400) return false;
    const type = String(response.getHeader('Content-Type') ?? '');
    // Remix says so in one line of text when a route without a page throws.
    return (
      type.startsWith('application/problem+json') || (response.statusCode === 500 && type === 'text/plain')
    );
  };
  const hold = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) held.push(Buffer.from(chunk as string));
  };
  response.write = (...args: unknown[]) => {
    if (!isRefusal()) return write(...args);
    hold(args[0]);
    return true;
  };
  response.end = (...args: unknown[]) => {
    if (!isRefusal()) return end(...args);
    hold(args[0]);
    const page = toPage(Buffer.concat(held).toString());
    response.removeHeader('ETag');
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.setHeader('Content-Length', Buffer.byteLength(page));
    response.setHeader('Cache-Control', 'no-store');
    return end(page);
  };
}
