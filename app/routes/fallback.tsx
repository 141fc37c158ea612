import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { FallbackAway, FallbackPage } from '../components/fallback/fallback-page.tsx';
import { holds } from '../features/access/permissions.ts';
import { authorize } from '../features/access/authorize.server.ts';
import {
  listFallbackRuns,
  readFallbackState,
  readFiring,
} from '../features/fallback/read-fallback.server.ts';
import { readyTexts } from '../features/fallback/fallback-words.ts';
import { planFallback } from '../features/fallback/plan-fallback.server.ts';
import { readRestoreGate } from '../features/recovery/restore/read-restore-gate.server.ts';
import type { Services } from '../lib/services.server.ts';
import { unlessAway } from '../lib/database/transaction.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Fallback mode');

export async function loader({ request, context }: LoaderFunctionArgs) {
  const asker = await authorize({ request, context }, 'page.read');
  const { services } = context;
  const { config } = services;
  const now = services.db.clock.now();
  const shared = { at: now.toISOString(), done: new URL(request.url).searchParams.get('done') };
  const facts = { email: config.SUPPORT_FALLBACK_EMAIL, statusPage: config.SUPPORT_STATUS_PAGE_URL ?? null };
  const headers = { 'Cache-Control': 'no-store' };
  const read = await unlessAway(services.db, () => readPage(services, now));
  if (!read)
    return json(
      { away: true as const, ...shared, texts: readyTexts({ ...facts, since: null }) },
      { headers },
    );
  const { state } = read.value;
  const since = state.state === 'on' && state.since ? new Date(state.since) : null;
  const may = holds(asker, 'fallback.toggle');
  return json(
    { away: false as const, ...shared, ...read.value, texts: readyTexts({ ...facts, since }), may },
    { headers },
  );
}

async function readPage(services: Services, now: Date) {
  const state = await readFallbackState(services);
  const [plan, runs, gate, firing] = await Promise.all([
    planFallback(services, { direction: state.state === 'on' ? 'off' : 'on', now }),
    listFallbackRuns(services),
    readRestoreGate(services, now),
    readFiring(services),
  ]);
  const items = gate.items.filter(({ done }) => !done).map(({ title }) => title);
  return { state, plan, runs, firing, checklist: { open: gate.open, items } };
}

export default function Fallback() {
  const data = useLoaderData<typeof loader>();
  return data.away ? <FallbackAway {...data} /> : <FallbackPage {...data} />;
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
