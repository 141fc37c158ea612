import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/**
 * Resolves when the client has taken what was written to it so far, or is gone. Remix writes a streamed answer as fast as
 * it comes, so a stream that is larger than memory has to wait for this before it makes more.
 */
export async function drained(response: ServerResponse): Promise<void> {
  if (!response.writableNeedDrain || response.destroyed) return;
  const done = new AbortController();
  await Promise.race([
    once(response, 'drain', { signal: done.signal }),
    once(response, 'close', { signal: done.signal }),
  ]).finally(() => done.abort());
}
