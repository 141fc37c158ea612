import type { IncomingMessage, ServerResponse } from 'node:http';

/** Every request may send so many pieces of any size; past that they must hold so many bytes on average. */
const FREE_PIECES = 512;
const BYTES_A_PIECE = 256;
/** A body that says it is no larger can neither hold much nor come in many pieces at once. */
const SMALL_BYTES = 16_384;
/** A body that takes longer than this may be ended when there is no room for others, in ms. */
const SLOW_MS = 2000;

export interface BodyGuard {
  /**
   * To be called for every request before anything reads it.
   * @returns false when there is no room for the body that its headers announce: it is to be refused unread
   */
  admit(request: IncomingMessage, response: ServerResponse): boolean;
}

interface Sending {
  since: number;
  bytes: number;
  pieces: number;
}

/**
 * Bounds what bodies of requests cost, whoever reads them afterwards: 1 MB in pieces of one byte took 5.7 s of computing
 * time and 502 MB before anybody had asked who sends it.
 *
 * A connection whose pieces are out of proportion is ended. All bodies whose requests are not answered yet may hold
 * `capBytes` together. Only what was received counts, so that announcing a body takes no room. When it is full, whoever
 * has been sending for longest gives way, and is ended: Chatwoot's webhooks are here within a moment.
 */
export function guardBodies(capBytes: number): BodyGuard {
  const sending = new Map<IncomingMessage, Sending>();
  let held = 0;

  function end(request: IncomingMessage, so: Sending) {
    sending.delete(request);
    held -= so.bytes;
    request.socket.destroy();
  }

  /** Ends the oldest of those that still send, until `bytes` more have room. */
  function makeRoom(bytes: number, slowMs: number) {
    const now = performance.now();
    for (const [request, so] of sending) {
      if (held + bytes <= capBytes || now - so.since < slowMs) return;
      if (!request.complete) end(request, so);
    }
  }

  function took(request: IncomingMessage, bytes: number): boolean {
    const so = sending.get(request);
    if (!so) return false;
    so.bytes += bytes;
    so.pieces += 1;
    held += bytes;
    if (so.pieces > FREE_PIECES + so.bytes / BYTES_A_PIECE) {
      end(request, so);
      return false;
    }
    if (held > capBytes) makeRoom(0, 0);
    return sending.has(request);
  }

  return {
    admit(request, response) {
      const { 'content-length': length, 'transfer-encoding': transfer } = request.headers;
      const announced = Number(length ?? 0);
      if (transfer === undefined && announced <= SMALL_BYTES) return true;
      if (held + announced > capBytes) makeRoom(announced, SLOW_MS);
      if (held + announced > capBytes) return false;
      sending.set(request, { since: performance.now(), bytes: 0, pieces: 0 });
      // What was received is held until it is answered: storing takes its time, too.
      response.once('close', () => {
        held -= sending.get(request)?.bytes ?? 0;
        sending.delete(request);
      });
      // By its readable side and not by 'data': a listener would start the flow before anybody reads.
      const push = request.push.bind(request);
      request.push = (chunk: unknown, encoding?: BufferEncoding) =>
        chunk instanceof Uint8Array && !took(request, chunk.length) ? false : push(chunk, encoding);
      return true;
    },
  };
}
