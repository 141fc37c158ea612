import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { BulkPage, DiscardForm } from '../components/dead-letters/bulk.tsx';
import { authorize, refuseTextSearch } from '../features/access/authorize.server.ts';
import { readBulkPlan } from '../features/delivery/replays/plan-replay.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Discard dead letters');

/** How many a discard would put away: `scope` and its fields as in selection.ts. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const asker = await authorize({ request, context }, 'dead_letters.discard');
  const params = new URL(request.url).searchParams;
  const refused = refuseTextSearch(asker, params);
  if (refused) throw refused;
  const read = await readBulkPlan(context.services, params, context.services.db.clock.now());
  return json(read, { status: read.problem === null ? 200 : 400 });
}

export default function DiscardPage() {
  const data = useLoaderData<typeof loader>();
  return (
    <BulkPage at={data.at} title="Discard dead letters" back={data.back} problem={data.problem}>
      {data.plan && <DiscardForm count={data.plan.count} selection={data.selection} back={data.back} />}
    </BulkPage>
  );
}
