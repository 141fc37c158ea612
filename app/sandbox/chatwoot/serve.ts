import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiAnswer } from './api/answer.ts';
import type { createThrottle } from './throttle.ts';
import { asOf, type Version } from './version.ts';

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
