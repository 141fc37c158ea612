import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { EMBED_PATH } from '../features/arrival/connect/connect.server.ts';
import { frameOrigins } from '../features/frame/frame.server.ts';
import type { Config } from '../lib/settings/config.ts';
import { problemBody } from '../lib/http/problem.ts';
import { isSameOrigin } from '../lib/http/same-origin.ts';

const YEAR_SECONDS = 31_536_000;

/** What no page here uses; passkeys and the clipboard are for our own pages only. */
const PERMISSIONS = [
  ...['accelerometer', 'camera', 'display-capture', 'geolocation', 'gyroscope', 'microphone', 'midi'],
  ...['payment', 'serial', 'usb', 'xr-spatial-tracking', 'browsing-topics', 'idle-detection'],
]
  .map((feature) => `${feature}=()`)
  .concat('publickey-credentials-get=(self)', 'publickey-credentials-create=(self)', 'clipboard-write=(self)')
  .join(', ');

/**
 * Headers of every answer but the webhook endpoint's, and a fresh nonce in `response.locals.cspNonce`: the only scripts
 * that run are our own files and what this request's page carries with the nonce
 * (docs/decisions/0004-content-security-policy.md).
 * @param development Vite's client adds style elements and talks over a web socket
 */
export function securityHeaders(
  config: Pick<Config, 'APP_URL' | 'FRAME_ANCESTORS' | 'connection'>,
  development: boolean,
): RequestHandler[] {
  const frames = config.FRAME_ANCESTORS;
  const embedders = frameOrigins(config);
  const isEmbedded = (request: IncomingMessage) => request.url?.split('?')[0] === EMBED_PATH;
  const helmetHeaders = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'", (_request, response) => `'nonce-${nonceOf(response)}'`],
        'script-src-attr': ["'none'"],
        'style-src': development ? ["'self'", "'unsafe-inline'"] : ["'self'"],
        'style-src-attr': ["'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'"],
        'worker-src': ["'self'"],
        'manifest-src': ["'self'"],
        'connect-src': development ? ["'self'", 'ws:'] : ["'self'"],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': [(request) => (isEmbedded(request) ? embedders : frames).join(' ') || "'none'"],
      },
    },
    strictTransportSecurity: config.APP_URL?.startsWith('https:') ? { maxAge: YEAR_SECONDS } : false,
    // It cannot name several origins; frame-ancestors, which can, is understood wherever the pages work at all.
    xFrameOptions: frames.length > 0 ? false : { action: 'deny' },
    referrerPolicy: { policy: 'same-origin' },
  });
  return [
    (_request, response, next) => {
      response.locals.cspNonce = randomBytes(16).toString('base64');
      response.setHeader('Permissions-Policy', PERMISSIONS);
      next();
    },
    helmetHeaders,
    (request, response, next) => {
      if (isEmbedded(request) && embedders.length > 0) response.removeHeader('X-Frame-Options');
      next();
    },
  ];
}

/** The nonce of the page that answers this request. */
export function nonceOf(response: object): string {
  return (response as { locals: { cspNonce: string } }).locals.cspNonce;
}

const READS = ['GET', 'HEAD', 'OPTIONS'];

const PROBLEM = {
  status: 403,
  title: 'Other origin',
  code: 'other_origin',
  detail: 'This form was sent from another site. Open the page itself and try again.',
};

/**
 * For `/mcp`: a browser's request is taken from the app's own origin alone. A name of somebody else that leads here by DNS has
 * an origin and a host that agree; it is neither APP_URL nor a name of this machine.
 */
export function knownOriginOnly(appUrl: string | undefined): RequestHandler {
  const own = appUrl ? new URL(appUrl).origin : null;
  return ({ headers }, response, next) => {
    const { origin } = headers;
    const isOwn =
      origin === undefined ||
      origin === own ||
      (own === null && /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(origin));
    if (isOwn) return next();
    response.status(403).type('application/problem+json').send(problemBody(PROBLEM));
  };
}

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
