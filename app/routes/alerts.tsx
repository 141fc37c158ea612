import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from '@remix-run/node';
import { useLoaderData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { AlertsPage } from '../components/settings/alert-rules-page.tsx';
import { authorize, authorizeForm } from '../features/access/authorize.server.ts';
import { adjustRule } from '../features/alerts/adjust-rules.server.ts';
import { adjustedWords } from '../features/alerts/adjustments.ts';
import { readAlertRules } from '../features/alerts/read-alert-rules.server.ts';

const NO_STORE = { 'Cache-Control': 'no-store' };

export const meta: MetaFunction = (args) => pageMeta(args, 'Alert rules');

export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'page.read');
  const now = args.context.services.db.clock.now();
  const rules = await readAlertRules(args.context.services, now);
  const done = adjustedWords(new URL(args.request.url).searchParams.get('done'));
  return json({ at: now.toISOString(), rules, done }, { headers: NO_STORE });
}

export async function action(args: ActionFunctionArgs) {
  const { services } = args.context;
  const { actor, form } = await authorizeForm(args, 'settings.manage');
  const { fields } = form;
  const result = await adjustRule(services, { fields, actor, now: services.db.clock.now() });
  if (result.outcome === 'done')
    return redirect(`/alerts?done=${result.done}#${encodeURIComponent(result.rule)}`, 303);
  return json({ result, verb: fields.get('do') ?? '' }, { status: result.status, headers: NO_STORE });
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
