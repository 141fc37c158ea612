import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData, useRouteError } from '@remix-run/react';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { AlertsPage } from '../components/settings/alert-rules-page.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { readAlertRules } from '../features/alerts/read-alert-rules.server.ts';

export const meta: MetaFunction = () => [{ title: 'Alert rules · Outage Center' }];

export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'page.read');
  const now = args.context.services.db.clock.now();
  const rules = await readAlertRules(args.context.services, now);
  return json({ at: now.toISOString(), rules }, { headers: { 'Cache-Control': 'no-store' } });
}

export default function Alerts() {
  return <AlertsPage {...useLoaderData<typeof loader>()} />;
}

export function ErrorBoundary() {
  const refused = refusedPage(useRouteError());
  if (refused) return refused;
  return (
    <TroublePage
      title="The alert rules cannot be read now"
      sentence="The database does not answer, or something failed. Rules are judged again by themselves when it is back."
      retry
    />
  );
}
