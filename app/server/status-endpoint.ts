import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReadyAnswer, StatusPage } from '../features/status/open-status-page.server.ts';
import { SUBSCRIBE_PATH } from '../features/status/subscribers/subscriber.ts';
import { styleOf } from '../features/status/render-parts.ts';
import type { Config } from '../lib/settings/config.ts';

/** A proxy may go on showing what it has while nobody answers it, s. */
const IF_ERROR = 86_400;

/** The Content-Security-Policy of public pages: nothing but their own style, by its hash, and their logo; forms where there are some. */
export function pagePolicies(
  frameAncestors: readonly string[],
): (colour: string, hasForms: boolean) => string {
  const frames = frameAncestors.length > 0 ? frameAncestors.join(' ') : "'none'";
  let last = { colour: '', policy: '' };
  return (colour, hasForms) => {
    if (last.colour !== colour) {
      const hash = createHash('sha256').update(styleOf(colour)).digest('base64');
      last = {
        colour,
        policy: `default-src 'none'; style-src 'sha256-${hash}'; img-src 'self'; base-uri 'none'; frame-ancestors ${frames}; form-action`,
      };
    }
    return `${last.policy} ${hasForms ? "'self'" : "'none'"}`;
  };
}

/**
 * The public status page on node:http alone, past sign-in, Remix and the database.
 * @returns a handler that says whether the request was its own
 */
export function statusEndpoint(
  page: StatusPage,
  { APP_URL, FRAME_ANCESTORS }: Pick<Config, 'APP_URL' | 'FRAME_ANCESTORS'>,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const policyOf = pagePolicies(FRAME_ANCESTORS);
  const secure: Record<string, string> = APP_URL?.startsWith('https:')
    ? { 'Strict-Transport-Security': 'max-age=31536000' }
    : {};

  function headersOf(answer: ReadyAnswer, hasForms: boolean): Record<string, string> {
    return {
      'Content-Type': answer.type,
      ETag: answer.etag,
      'Cache-Control': `public, max-age=${answer.maxAge}, stale-if-error=${IF_ERROR}`,
      Vary: 'Accept-Encoding',
      'Content-Security-Policy': answer.type.startsWith('text/html')
        ? policyOf(answer.colour, hasForms)
        : "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': answer.shared ? 'cross-origin' : 'same-origin',
      ...(answer.shared && { 'Access-Control-Allow-Origin': '*' }),
      ...secure,
    };
  }

  return (request, response) => {
    const { method = 'GET', url = '' } = request;
    if (!/^\/(?:status|api\/v2|history\.)/.test(url) || (method !== 'GET' && method !== 'HEAD')) return false;
    const [path = '', query] = url.split('?', 2);
    const answer = page.answer(path.length > 1 ? path.replace(/\/$/, '') : path, query === 'shape=icon');
    if (!answer) return false;
    const headers = headersOf(answer, path.startsWith(SUBSCRIBE_PATH));
    if (isKnown(request.headers['if-none-match'], answer.etag)) {
      response.writeHead(304, headers).end();
      return true;
    }
    const zipped = TAKES_GZIP.test(String(request.headers['accept-encoding'] ?? '')) ? answer.zipped : null;
    const body = zipped ?? answer.body;
    if (zipped) {
      headers['Content-Encoding'] = 'gzip';
      // Other bytes than unzipped ones: a strong tag would say that they are the same (RFC 9110, 8.8.3.3).
      headers.ETag = `W/${answer.etag}`;
    }
    headers['Content-Length'] = String(body.length);
    response.writeHead(200, headers).end(method === 'HEAD' ? undefined : body);
    return true;
  };
}

/** `Accept-Encoding`; what has a weight of 0 is refused (RFC 9110, 12.4.2). */
const TAKES_GZIP = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i;

/** `If-None-Match`, in which a proxy may have made the tag a weak one. */
const isKnown = (sent: string | undefined, etag: string): boolean =>
  sent !== undefined &&
  (sent.trim() === '*' || sent.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag));
