import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { isRouteErrorResponse, useLoaderData, useParams, useRouteError } from '@remix-run/react';
import { refusedPage } from '../components/access/refused-page.tsx';
import { ReportPage } from '../components/report/report-page.tsx';
import { TroublePage } from '../components/trouble-page.tsx';
import { holds } from '../features/access/asker.ts';
import { authorize } from '../features/access/authorize.server.ts';
import { parseIncidentId, parseVersion } from '../features/incidents/incident-form.ts';
import { readReportEditor, readReportVersion } from '../features/report/editor.view.server.ts';
import { readReport } from '../features/report/read-report.view.server.ts';

export const meta: MetaFunction = ({ params }) => [
  { title: `Report of incident ${params.id ?? ''} · Outage Center` },
];

export async function loader(args: LoaderFunctionArgs) {
  const asker = await authorize(args, 'page.read');
  const { services } = args.context;
  const now = new Date();
  const incidentId = parseIncidentId(args.params.id);
  if (incidentId === null) throw new Response(null, { status: 404, statusText: 'Not Found' });
  const version = parseVersion(new URL(args.request.url).searchParams.get('version'));
  const [report, editor, shown] = await Promise.all([
    readReport(services, { incidentId, withCustomers: holds(asker, 'texts.read'), now }),
    readReportEditor(services, incidentId),
    version === null ? null : readReportVersion(services, { incidentId, version }),
  ]);
  if (!report) throw new Response(null, { status: 404, statusText: 'Not Found' });
  return json({ at: now.toISOString(), report, editor, shown }, { headers: { 'Cache-Control': 'no-store' } });
}

export default function ReportOfIncident() {
  return <ReportPage {...useLoaderData<typeof loader>()} />;
}

export function ErrorBoundary() {
  const error = useRouteError();
  const { id } = useParams();
  const refused = refusedPage(error);
  if (refused) return refused;
  if (isRouteErrorResponse(error) && error.status === 404)
    return <TroublePage title={`There is no incident ${id ?? ''}`} sentence="The number may be mistyped." />;
  return (
    <TroublePage
      title="The report cannot be read now"
      sentence="The database does not answer, or something failed. What was saved is kept."
      retry
    />
  );
}
