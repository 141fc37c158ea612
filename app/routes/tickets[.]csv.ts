import type { LoaderFunctionArgs } from '@remix-run/node';
import { authorize, mayHaveMore } from '../features/access/authorize.server.ts';
import { exportTickets } from '../features/tickets/export-tickets.server.ts';

/** All tickets as a spreadsheet; only for whoever may read what customers write. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'texts.read');
  const day = context.services.db.clock.now().toISOString().slice(0, 10);
  return new Response(exportTickets(context.services, mayHaveMore({ request, context }, 'texts.read')), {
    headers: {
      'Content-Type': 'text/csv; charset=utf-8; header=present',
      'Content-Disposition': `attachment; filename="tickets-${day}.csv"`,
      // no-transform: compressed, the answer would be collected in memory before the client takes it.
      'Cache-Control': 'no-store, no-transform',
      'X-Content-Type-Options': 'nosniff',
    },
  });
}
