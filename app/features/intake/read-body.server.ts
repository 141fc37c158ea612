import type { IncomingMessage } from 'node:http';

/** The client went away before its request was complete: there is nobody to answer. */
export type BodyRead = Buffer | 'too_large' | 'aborted';

/** Reads a request's body up to `limit` bytes and stops reading beyond it. */
export type ReadBody = (limit: number) => Promise<BodyRead>;

/** Of a request of node:http; by its events, which cost less than its iterator. */
export function nodeBody(request: IncomingMessage): ReadBody {
  return (limit) =>
    new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const settle = (result: BodyRead) => {
        request.off('data', take);
        resolve(result);
      };
      const take = (chunk: Buffer) => {
        size += chunk.length;
        if (size > limit) {
          request.pause();
          settle('too_large');
          return;
        }
        chunks.push(chunk);
      };
      request.on('data', take);
      request.once('end', () => settle(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)));
      request.once('error', () => settle('aborted'));
      request.once('close', () => settle('aborted'));
    });
}

/** Of a Fetch API request. */
export function webBody(request: Request): ReadBody {
  return async (limit) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const reader = request.body?.getReader();
    try {
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) return Buffer.concat(chunks, size);
        size += value.byteLength;
        if (size > limit) {
          await reader?.cancel().catch(() => undefined);
          return 'too_large';
        }
        chunks.push(value);
      }
    } catch {
      return 'aborted';
    }
  };
}
