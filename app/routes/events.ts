import type { LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../features/access/authorize.server.ts';
import { openChangeStream } from '../features/overview/open-change-stream.server.ts';
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
