import type { LoaderFunctionArgs } from '@remix-run/node';
import { authorize, mayHaveMore } from '../features/access/authorize.server.ts';
import { parseAuditFilter } from '../features/audit/audit-view.ts';
import { exportAudit } from '../features/audit/read-audit.server.ts';
import { problemResponse } from '../lib/http/problem.ts';

/** The audit log as a file, all of it or what a filter of the page matches. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'audit.read');
  const filter = parseAuditFilter(new URL(request.url).searchParams);
  if (!filter.ok)
    return problemResponse({
      status: 400,
      title: 'Not understood',
      code: 'not_understood',
      detail: filter.problem,
    });
  const day = context.services.db.clock.now().toISOString().slice(0, 10);
  return new Response(
    exportAudit(context.services, filter.value, mayHaveMore({ request, context }, 'audit.read')),
    {
      headers: {
        'Content-Type': 'text/csv; charset=utf-8; header=present',
        'Content-Disposition': `attachment; filename="audit-${day}.csv"`,
        // no-transform: compressed, the answer would be collected in memory before the client takes it.
        'Cache-Control': 'no-store, no-transform',
        'X-Content-Type-Options': 'nosniff',
      },
    },
  );
}
