import type { LoaderFunctionArgs } from '@remix-run/node';
import { holds } from '../../features/access/permissions.ts';
import { authorize } from '../../features/access/authorize.server.ts';
import { FORMAT_TYPES, formatReport, REPORT_QUERY } from '../../features/report/report-formats.ts';
import { readReport } from '../../features/report/read-report.server.ts';
import { parseRowNumber, readFields } from '../../lib/http/form-fields.ts';
import { notUnderstood, problemResponse } from '../../lib/http/problem.ts';

/** The report of an incident as a file: `format=md`, `html` or `json` (which is what programs get without one). */
export async function loader({ request, context, params }: LoaderFunctionArgs): Promise<Response> {
  const asker = await authorize({ request, context }, 'page.read');
  const query = readFields(REPORT_QUERY, new URL(request.url).searchParams);
  if (!query.ok) return problemResponse(notUnderstood('format is md, html or json.'));
  const { format } = query.value;
  const incidentId = parseRowNumber(params.id);
  const withCustomers = holds(asker, 'texts.read');
  const report =
    incidentId === null
      ? null
      : await readReport(context.services, {
          incidentId,
          withCustomers,
          now: context.services.db.clock.now(),
        });
  if (!report)
    return problemResponse({
      status: 404,
      title: 'Not found',
      code: 'not_found',
      detail: 'There is no incident with that number.',
    });
  return new Response(formatReport(report, format), {
    headers: {
      'Content-Type': FORMAT_TYPES[format],
      'Content-Disposition': `attachment; filename="incident-${report.incident.id}-report.${format}"`,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
  });
}

export const action = () =>
  problemResponse({
    status: 405,
    title: 'Method not allowed',
    code: 'method_not_allowed',
    detail: 'This address is only read. A report is changed at /api/incidents/NUMBER/report/VERB.',
    headers: { Allow: 'GET' },
  });
