import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, RequestHandler } from 'express';
import { type Problem, problemBody } from '../lib/http/problem.ts';

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

/** Every request may send so many pieces of any size; past that they must hold so many bytes on average. */
const FREE_PIECES = 512;
const BYTES_A_PIECE = 256;
/** A body that says it is no larger can neither hold much nor come in many pieces at once. */
const SMALL_BYTES = 16_384;
/** Most of a body that is read on and dropped when its answer is ready before its end. */
const DROPPED_BYTES = 16 << 20;

export interface BodyGuard {
  /**
   * To be called for every request before anything reads it.
   * @returns false when there is no room for the body that its headers announce: it is to be refused unread
   */
  admit(request: IncomingMessage, response: ServerResponse): boolean;
}

interface Sending {
  bytes: number;
  pieces: number;
  /** Of the bytes those that came after the answer was ready; null before it is. */
  dropped: number | null;
}

/**
 * Bounds what bodies of requests cost, whoever reads them afterwards: 1 MB in pieces of one byte took 5.7 s of computing
 * time and 502 MB before anybody had asked who sends it.
 *
 * A connection whose pieces are out of proportion is ended. All bodies whose requests are not answered yet may hold
 * `capBytes` together. Only what was received counts, so that announcing a body takes no room. When it is full, whoever
 * began to send first gives way, and is ended: Chatwoot's webhooks are here within a moment.
 *
 * An answer that is ready before its request was read, such as a refusal by role, is sent when the rest has come: a
 * connection that is closed, or left unread, with a form still coming is reset, and the answer lost with it.
 */
export function guardBodies(capBytes: number): BodyGuard {
  const sending = new Map<IncomingMessage, Sending>();
  let held = 0;

  /** Its bytes are held no longer. */
  function release(request: IncomingMessage, so: Sending) {
    if (sending.delete(request)) held -= so.bytes;
  }

  function end(request: IncomingMessage, so: Sending) {
    release(request, so);
    request.socket.destroy();
  }

  /** Ends the oldest of those that still send, until there is room. */
  function makeRoom() {
    for (const [request, so] of sending) {
      if (held <= capBytes) return;
      if (!request.complete) end(request, so);
    }
  }

  /** Whether there is room, or would be once all that still send had given way. */
  function hasRoom(bytes: number): boolean {
    let kept = held + bytes;
    for (const [request, so] of sending) {
      if (kept <= capBytes) return true;
      if (!request.complete) kept -= so.bytes;
    }
    return kept <= capBytes;
  }

  /** @returns whether the piece may be read */
  function took(request: IncomingMessage, so: Sending, bytes: number): boolean {
    if (request.socket.destroyed) return false;
    so.bytes += bytes;
    so.pieces += 1;
    if (so.dropped !== null) so.dropped += bytes;
    else if (sending.has(request)) held += bytes;
    if (so.pieces > FREE_PIECES + so.bytes / BYTES_A_PIECE || (so.dropped ?? 0) > DROPPED_BYTES) {
      end(request, so);
      return false;
    }
    if (held > capBytes) makeRoom();
    return !request.socket.destroyed;
  }

  /** Reads what has not been read yet, and drops it. @param then once, also when the sender is gone */
  function drop(request: IncomingMessage, so: Sending, then: () => void) {
    release(request, so);
    so.dropped = 0;
    // Whoever began to read and stopped would stop it again.
    request.removeAllListeners('data').once('close', then).resume();
  }

  return {
    admit(request, response) {
      const { 'content-length': length, 'transfer-encoding': transfer } = request.headers;
      const announced = Number(length ?? 0);
      if (transfer === undefined && announced <= SMALL_BYTES) return true;
      if (!hasRoom(announced)) return false;
      const so: Sending = { bytes: 0, pieces: 0, dropped: null };
      sending.set(request, so);
      // What was received is held until it is answered: storing takes its time, too.
      response.once('close', () => release(request, so));
      const answer = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
      response.end = (...args: unknown[]) => {
        if (request.complete || request.destroyed) return answer(...args);
        drop(request, so, () => answer(...args));
        return response;
      };
      // By its readable side and not by 'data': a listener would start the flow before anybody reads.
      const push = request.push.bind(request);
      request.push = (chunk: unknown, encoding?: BufferEncoding) =>
        chunk instanceof Uint8Array && !took(request, so, chunk.length) ? false : push(chunk, encoding);
      return true;
    },
  };
}
