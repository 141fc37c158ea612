import type { LoaderFunctionArgs } from '@remix-run/node';
import { renderCalendar } from '../features/incidents/on-call/calendar.server.ts';
import { unlessAway } from '../lib/database/transaction.server.ts';
import { problemResponse } from '../lib/http/problem.ts';

/** The calendar of who is on call, for the program of whoever has its secret address; nobody signs in for it. */
export async function loader({ context: { services }, params }: LoaderFunctionArgs) {
  const now = services.db.clock.now();
  const calendar = await unlessAway(services.db, () => renderCalendar(services, params.file ?? '', now));
  if (!calendar)
    throw problemResponse({
      status: 503,
      title: 'The calendar cannot be read',
      code: 'database_away',
      detail: 'The database does not answer. What your calendar has stays as it is.',
      headers: { 'Retry-After': '60' },
    });
  if (calendar.value === null)
    throw problemResponse({
      status: 404,
      title: 'No such calendar',
      code: 'no_such_calendar',
      detail: 'This address was never made, was ended, or its owner has no access any more.',
    });
  return new Response(calendar.value, {
    headers: {
      'Content-Type': 'text/calendar; charset=utf-8',
      'Cache-Control': 'private, max-age=300',
      // The address opens something.
      'Referrer-Policy': 'no-referrer',
      'X-Robots-Tag': 'noindex',
    },
  });
}
