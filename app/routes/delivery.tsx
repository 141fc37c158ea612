import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData, type ClientLoaderFunctionArgs } from '@remix-run/react';
import { pageMeta } from '../components/layout/page-title.ts';
import { parseList, parseRange } from '../components/dead-letters/dead-letter-list.ts';
import { DeliveryPage } from '../components/overview/delivery-page.tsx';
import { hideNames } from '../features/delivery/dead-letters/hide-texts.server.ts';
import { holds } from '../features/access/permissions.ts';
import { authorize } from '../features/access/authorize.server.ts';
import { readPage } from '../features/overview/read-overview.server.ts';
import { shellOf } from '../features/overview/shell/shell-view.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Deliveries');

export async function loader(args: LoaderFunctionArgs) {
  const asker = await authorize(args, 'page.read');
  const { request, context } = args;
  const { services, intake } = context;
  const params = new URL(request.url).searchParams;
  const now = services.db.clock.now();
  // Searching in texts tells what they say.
  const mayReadTexts = holds(asker, 'texts.read');
  if (!mayReadTexts) params.delete('text');
  const { query, filterProblem } = parseList(params, now);
  const { overview, deadLetters } = await readPage(services, intake.status(), {
    range: parseRange(params),
    query,
    now,
  });
  const list = deadLetters && {
    ...deadLetters.page,
    ...(!mayReadTexts && { rows: hideNames(deadLetters.page.rows) }),
    state: query.state,
    sort: query.sort,
    clusters: deadLetters.clusters,
    open: deadLetters.clusters.reduce((sum, cluster) => sum + cluster.count, 0),
    filterProblem,
  };
  return json({ overview, shell: shellOf(overview), list }, { headers: { 'Cache-Control': 'no-store' } });
}

type Data = Awaited<ReturnType<ClientLoaderFunctionArgs['serverLoader']>>;
// In the browser only: what this address showed last.
let last: { url: string; data: Data } | undefined;

/** While the app does not answer the page stays as it was, marked "Not live", instead of turning into an error. */
export async function clientLoader({ request, serverLoader }: ClientLoaderFunctionArgs) {
  try {
    const data = await serverLoader();
    last = { url: request.url, data };
    return data;
  } catch (error) {
    if (last?.url === request.url && !(error instanceof Response)) return last.data;
    throw error;
  }
}
clientLoader.hydrate = true;

export default function Delivery() {
  const data = useLoaderData<typeof loader>();
  return <DeliveryPage {...data} />;
}
