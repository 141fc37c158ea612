import type { RequestHandler } from 'express';
import { problemBody } from '../lib/http/problem.ts';
import { isSameOrigin } from '../lib/http/same-origin.ts';

const READS = ['GET', 'HEAD', 'OPTIONS'];

const PROBLEM = {
  status: 403,
  title: 'Other origin',
  code: 'other_origin',
  detail: 'This form was sent from another site. Open the page itself and try again.',
};

/**
 * Refuses what another site makes a browser send, before any route sees it; with SameSite cookies the second of two locks.
 * @param appUrl where people reach the app, when a proxy rewrites the Host header
 */
export function sameOriginOnly(appUrl: string | undefined): RequestHandler {
  const appOrigins = appUrl ? [new URL(appUrl).origin] : [];
  return (request, response, next) => {
    if (READS.includes(request.method)) return next();
    const headers = new Headers();
    for (const name of ['origin', 'sec-fetch-site', 'host']) {
      const value = request.headers[name];
      if (typeof value === 'string') headers.set(name, value);
    }
    if (!isSameOrigin(headers, appOrigins)) {
      response.status(403).type('application/problem+json').send(problemBody(PROBLEM));
      return;
    }
    // Judged here. Remix would compare it with the Host header alone, which behind a proxy is not the page's.
    delete request.headers.origin;
    next();
  };
}
