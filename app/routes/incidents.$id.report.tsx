import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { EntryTrouble } from '../components/layout/trouble-page.tsx';
import { ReportPage } from '../components/report/report-page.tsx';
import { holds } from '../features/access/permissions.ts';
import { authorize } from '../features/access/authorize.server.ts';
import { parsePart } from '../features/report/report-content.ts';
import { readReport, readReportEditor, readReportVersion } from '../features/report/read-report.server.ts';
import { parseRowNumber, parseVersion } from '../lib/http/form-fields.ts';

export const meta: MetaFunction = (args) => pageMeta(args, `Report of incident ${args.params.id ?? ''}`);

export async function loader(args: LoaderFunctionArgs) {
  const asker = await authorize(args, 'page.read');
  const { services } = args.context;
  const now = services.db.clock.now();
  const incidentId = parseRowNumber(args.params.id);
  if (incidentId === null) throw new Response(null, { status: 404, statusText: 'Not Found' });
  const params = new URL(args.request.url).searchParams;
  const version = parseVersion(params.get('version'));
  const edited = parsePart(params.get('edit'));
  const [report, editor, shown] = await Promise.all([
    readReport(services, { incidentId, withCustomers: holds(asker, 'texts.read'), now }),
    readReportEditor(services, incidentId),
    version === null ? null : readReportVersion(services, { incidentId, version }),
  ]);
  if (!report) throw new Response(null, { status: 404, statusText: 'Not Found' });
  return json(
    { at: now.toISOString(), report, editor, shown, edited },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export default function ReportOfIncident() {
  return <ReportPage {...useLoaderData<typeof loader>()} />;
}

export function ErrorBoundary() {
  return (
    <EntryTrouble noun="incident" title="The report cannot be read now" effect="What was saved is kept." />
  );
}
