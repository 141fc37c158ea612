import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { keepLast } from '../components/layout/browser.ts';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { parseList, parseRange } from '../components/dead-letters/dead-letter-list.ts';
import { DeliveryPage } from '../components/overview/delivery-page.tsx';
import { hideNames } from '../features/delivery/dead-letters/read-dead-letter-list.server.ts';
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

export const clientLoader = keepLast();

export default function Delivery() {
  const data = useLoaderData<typeof loader>();
  return <DeliveryPage {...data} />;
}
