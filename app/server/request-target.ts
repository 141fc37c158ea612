import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler } from 'express';
import { problemBody, type Problem } from '../lib/http/problem.ts';

/** `POST http://host/path`, as to a proxy, is to be taken like `POST /path` with that Host (RFC 9112, 3.2.2). */
export function takeOriginForm(request: IncomingMessage): void {
  const { url = '' } = request;
  if (url.startsWith('/') || !/^https?:\/\//i.test(url) || !URL.canParse(url)) return;
  const { host, pathname, search } = new URL(url);
  request.url = pathname + search;
  request.headers.host = host;
}

const NOT_UNDERSTOOD: Problem = {
  status: 400,
  title: 'Not understood',
  code: 'not_understood',
  detail: 'The address, the Host header or a proxy’s X-Forwarded header of the request is none.',
};
const NO_METHOD: Problem = {
  status: 405,
  title: 'Method not allowed',
  code: 'method_not_allowed',
  detail: 'No address here takes this method.',
  headers: { Allow: 'GET, HEAD, POST' },
};

/** No text of ours has it, and PostgreSQL's cannot. */
const NUL = /%00|\0/;

/**
 * A path that begins with two slashes once it is decoded, or with what a browser takes for one, is the address of another host
 * to whoever makes a link of it; what follows may be no host, and the page would be a server error.
 */
const OTHER_HOST = /^\/(?:[/\\]|%5c)/i;
const leadsElsewhere = (target: string): boolean => {
  const whole = `http://localhost${target}`;
  return OTHER_HOST.test(target) || (URL.canParse(whole) && OTHER_HOST.test(new URL(whole).pathname));
};

/** Refuses what cannot be made a request of the Fetch API, of which Remix would make a server error. */
export const fetchableOnly: RequestHandler = (request, response, next) => {
  const problem = /^TRAC[EK]$/.test(request.method)
    ? NO_METHOD
    : !request.url.startsWith('/') ||
        NUL.test(request.url) ||
        leadsElsewhere(request.url) ||
        !hasHost(request)
      ? NOT_UNDERSTOOD
      : null;
  if (!problem) return next();
  response
    .status(problem.status)
    .set(problem.headers ?? {})
    .type('application/problem+json')
    .send(problemBody(problem));
};

/** Whether a URL can be made of what it came by: the scheme and the host may be a proxy's claim, the port whoever's. */
function hasHost(request: Request): boolean {
  const { host = '', 'x-forwarded-host': forwarded } = request.headers;
  const ports = [String(forwarded ?? ''), host].map((text) => Number.parseInt(text.split(':')[1] ?? '', 10));
  const port = ports.find(Number.isSafeInteger) ?? 0;
  return (
    /^https?$/.test(request.protocol) &&
    !/[\s/?#@\\]/.test(host + request.hostname) &&
    port >= 0 &&
    port < 65_536 &&
    URL.canParse(`http://${request.hostname}/`)
  );
}
