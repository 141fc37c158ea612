import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { asOf, type Version } from '../version.ts';

/** Answer of one API call; `body` undefined means an empty one. */
export interface ApiAnswer {
  status: number;
  body?: unknown;
  /** A page in place of JSON: Rails' own for what no controller answers. */
  html?: string;
  /** How long it takes, ms. */
  waitMs?: number;
}

export const ok = (body?: unknown): ApiAnswer => ({ status: 200, body });
export const notFound = (): ApiAnswer => ({ status: 404, body: { error: 'Resource could not be found' } });
/** @param attributes which are wrong, as Rails names them */
export const invalid = (message: string, ...attributes: string[]): ApiAnswer => ({
  status: 422,
  body: { message, attributes },
});

/** A token that is right, but not for this. */
export const UNAUTHORIZED: ApiAnswer = {
  status: 401,
  body: { error: 'You are not authorized to do this action' },
};

/** What Rails says when something was raised that nobody rescued. */
export const SERVER_ERROR: ApiAnswer = { status: 500, body: { status: 500, error: 'Internal Server Error' } };

/** A path that no route knows. */
export const NO_SUCH_PATH: ApiAnswer = {
  status: 404,
  html: "<!DOCTYPE html>\n<html><head><title>The page you were looking for doesn't exist (404)</title></head><body></body></html>\n",
};

/** JSON that cannot be read is refused before any controller. */
export const UNREADABLE: ApiAnswer = { status: 400, html: '' };

/** Rack-attack in front: every address counts, but for `/health`. @returns whether it answered */
export function answeredByThrottle(
  throttle: ReturnType<typeof createThrottle>,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (request.url === '/health') return false;
  const limit = throttle.refuse(request.socket.remoteAddress ?? '');
  if (!limit) return false;
  request.resume();
  if (limit.retryAfter !== undefined) response.setHeader('Retry-After', String(limit.retryAfter));
  response.writeHead(429, { 'Content-Type': 'text/plain' }).end('Retry later\n');
  return true;
}

/** Writes an answer as that release does. */
export async function writeAnswer(
  response: ServerResponse,
  { status, body, html, waitMs = 0 }: ApiAnswer,
  version: Version,
): Promise<void> {
  if (waitMs > 0) await delay(waitMs);
  if (response.socket?.destroyed !== false) return;
  if (html !== undefined) {
    response.writeHead(status, { 'Content-Type': 'text/html; charset=UTF-8' }).end(html);
  } else if (body === undefined) {
    response.writeHead(status).end();
  } else {
    response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(asOf(version, body)));
  }
}

export interface ThrottleLimit {
  /** Requests allowed to one IP in each window; the next are answered 429. */
  requests: number;
  windowMs: number;
  /** Seconds in a Retry-After header; Chatwoot sends none by default. */
  retryAfter?: number;
}

/** Counts each address's requests in fixed windows, as rack-attack does in front of the real one. */
export function createThrottle(now: () => number) {
  let limit: ThrottleLimit | null = null;
  let window = 0;
  let refused = 0;
  const inWindow = new Map<string, number>();
  return {
    set(next: ThrottleLimit | null) {
      limit = next;
      window = 0;
      inWindow.clear();
    },
    /** How many requests were answered 429. */
    refusedCount: () => refused,
    /** @returns null when the request may pass */
    refuse(address: string): ThrottleLimit | null {
      if (!limit) return null;
      const current = Math.floor(now() / limit.windowMs);
      if (current !== window) inWindow.clear();
      window = current;
      const count = (inWindow.get(address) ?? 0) + 1;
      inWindow.set(address, count);
      if (count <= limit.requests) return null;
      refused += 1;
      return limit;
    },
  };
}
