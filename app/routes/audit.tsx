import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { AuditLog } from '../components/settings/audit/audit-log.tsx';
import { BackLink, Page } from '../components/layout/page.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { parseAuditFilter } from '../features/audit/audit-view.ts';
import { listAudit, listAuditActions, parseAuditPosition } from '../features/audit/read-audit.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Audit log');

export async function loader({ request, context }: LoaderFunctionArgs) {
  await authorize({ request, context }, 'audit.read');
  const params = new URL(request.url).searchParams;
  const filter = parseAuditFilter(params);
  const [page, actions] = await Promise.all([
    filter.ok ? listAudit(context.services, filter.value, parseAuditPosition(params)) : null,
    listAuditActions(context.services),
  ]);
  return json(
    {
      at: context.services.db.clock.now().toISOString(),
      page,
      actions,
      problem: filter.ok ? null : filter.problem,
    },
    { status: filter.ok ? 200 : 400, headers: { 'Cache-Control': 'no-store' } },
  );
}

export default function AuditPage() {
  const { at, page, actions, problem } = useLoaderData<typeof loader>();
  return (
    <Page at={at}>
      <BackLink to="/">Outage Center</BackLink>
      <AuditLog page={page} actions={actions} problem={problem} />
    </Page>
  );
}

export function ErrorBoundary() {
  const refused = refusedPage(useRouteError());
  if (refused) return refused;
  return (
    <TroublePage
      title="The audit log cannot be read now"
      sentence="The database does not answer, or something failed. What is in the log stays as it is."
      retry
    />
  );
}
