import type { LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../features/access/authorize.server.ts';
import type { ChangeFeed } from '../lib/database/changes.server.ts';
import type { DatabaseStatus } from '../lib/database/trouble.ts';
import { problemResponse } from '../lib/http/problem.ts';

/** Open pages a process tells of changes; a stream costs it three timers and a connection. */
const MAX_STREAMS = 1000;

/** Server-sent events: `change` when the page should read its data again, `alarm` when at once, `beat` every 5 s. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  const asker = await authorize({ request, context }, 'page.read');
  const { changes, db } = context.services;
  if (changes.listening('page') >= MAX_STREAMS)
    return problemResponse({
      status: 503,
      title: 'Too many open pages',
      code: 'too_many_streams',
      detail: 'This process tells no more pages of changes: reload the page by hand, or close other ones.',
      headers: { 'Retry-After': '30' },
    });
  const signal = context.access.streams.open(asker, context.left());
  if (!signal)
    return problemResponse({
      status: 429,
      title: 'Too many open pages',
      code: 'too_many_own_streams',
      detail: 'You have too many pages open at once: close some, or reload this one by hand.',
      headers: { 'Retry-After': '30' },
    });
  return new Response(
    openChangeStream(changes, () => db.status(), signal),
    {
      headers: {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      },
    },
  );
}

/** Two changes are told at least this far apart. */
const CHANGE_MS = 300;
/** A client that has heard nothing for longer knows that the stream is dead. */
const BEAT_MS = 5000;
/** Some truths change by the clock alone (a worker gone silent, an hour without a webhook): look again this often. */
const LOOK_AGAIN_MS = 15_000;
/** The database being away is not announced by anybody: each stream looks. */
const DATABASE_MS = 500;
/** Events that wait for a slow client; more are left out, the next one tells as much. */
const WAITING_EVENTS = 16;

/**
 * Tells a browser, as server-sent events, that the page's data has changed, never what: `change` when it should be
 * read again, `alarm` when at once, `beat` every 5 s. The data is the server's time.
 * @param signal aborted when the client leaves
 */
function openChangeStream(
  changes: ChangeFeed,
  databaseStatus: () => DatabaseStatus,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let close = () => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let lastChange = -Infinity;
        let timer: NodeJS.Timeout | undefined;
        let databaseState = databaseStatus().state;

        const send = (event: 'change' | 'alarm' | 'beat') => {
          if ((controller.desiredSize ?? 0) <= 0) return;
          // Only says that the stream lives.
          // eslint-disable-next-line no-restricted-syntax
          const data = JSON.stringify({ at: new Date().toISOString() });
          controller.enqueue(encoder.encode(`event: ${event}\ndata: ${data}\n\n`));
        };
        const sendChange = () => {
          timer = undefined;
          lastChange = performance.now();
          send('change');
        };
        const changed = () => {
          timer ??= setTimeout(sendChange, Math.max(0, lastChange + CHANGE_MS - performance.now()));
        };

        const unsubscribe = [changes.on('page', changed), changes.on('alarm', () => send('alarm'))];
        const timers = [
          setInterval(() => send('beat'), BEAT_MS),
          setInterval(changed, LOOK_AGAIN_MS),
          setInterval(() => {
            const { state } = databaseStatus();
            if (state !== databaseState) changed();
            databaseState = state;
          }, DATABASE_MS),
        ];
        close = () => {
          for (const leave of unsubscribe) leave();
          for (const interval of timers) clearInterval(interval);
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
        };
        const end = () => {
          close();
          controller.close();
        };
        if (signal.aborted) return end();
        signal.addEventListener('abort', end, { once: true });
        controller.enqueue(encoder.encode('retry: 1000\n\n'));
        send('beat');
      },
      cancel: () => close(),
    },
    { highWaterMark: WAITING_EVENTS },
  );
}
