import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData, useRouteError } from '@remix-run/react';
import { refusedPage } from '../components/access/refused-page.tsx';
import { FallbackPage } from '../components/fallback/fallback-page.tsx';
import { TroublePage } from '../components/trouble-page.tsx';
import { holds } from '../features/access/asker.ts';
import { authorize } from '../features/access/authorize.server.ts';
import { listFallbackRuns, readFallbackState } from '../features/fallback/fallback.view.server.ts';
import { readyTexts } from '../features/fallback/fallback-texts.ts';
import { readFiring } from '../features/fallback/read-firing.view.server.ts';
import { planFallback } from '../features/fallback/plan-fallback.server.ts';
import { readRestoreGate } from '../features/gates/restore-gate.view.server.ts';

export const meta: MetaFunction = () => [{ title: 'Fallback mode · Outage Center' }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const asker = await authorize({ request, context }, 'page.read');
  const { services } = context;
  const { config } = services;
  const now = new Date();
  const state = await readFallbackState(services);
  const on = state.state === 'on';
  const [plan, runs, gate, firing] = await Promise.all([
    planFallback(services, { direction: on ? 'off' : 'on', now }),
    listFallbackRuns(services),
    readRestoreGate(services, now),
    readFiring(services),
  ]);
  const texts = readyTexts({
    email: config.SUPPORT_FALLBACK_EMAIL,
    statusPage: config.SUPPORT_STATUS_PAGE_URL ?? null,
    since: on && state.since ? new Date(state.since) : null,
  });
  const items = gate.items.filter(({ done }) => !done).map(({ title }) => title);
  return json(
    {
      at: now.toISOString(),
      state,
      plan,
      runs,
      texts,
      checklist: { open: gate.open, items },
      firing,
      may: holds(asker, 'fallback.toggle'),
      done: new URL(request.url).searchParams.get('done'),
    },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export default function Fallback() {
  return <FallbackPage {...useLoaderData<typeof loader>()} />;
}

export function ErrorBoundary() {
  const refused = refusedPage(useRouteError());
  if (refused) return refused;
  return (
    <TroublePage
      title="Fallback mode cannot be read now"
      sentence="The database does not answer, or something failed. Webhooks are taken and kept all the same."
      retry
    />
  );
}
