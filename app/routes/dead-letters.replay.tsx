import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { BulkPage } from '../components/dead-letters/bulk.tsx';
import { ReplayForm } from '../components/dead-letters/replay-form.tsx';
import { authorize, refuseTextSearch } from '../features/access/authorize.server.ts';
import { readBulkPlan } from '../features/delivery/replays/plan-replay.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Replay dead letters');

/** Dry run of a replay of several dead letters: `scope` and its fields as in selection.ts. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const asker = await authorize({ request, context }, 'dead_letters.replay');
  const params = new URL(request.url).searchParams;
  const refused = refuseTextSearch(asker, params);
  if (refused) throw refused;
  const read = await readBulkPlan(context.services, params, context.services.db.clock.now());
  return json(read, { status: read.problem === null ? 200 : 400 });
}

export default function ReplayPage() {
  const data = useLoaderData<typeof loader>();
  return (
    <BulkPage at={data.at} title="Replay dead letters" back={data.back} problem={data.problem}>
      {data.plan && <ReplayForm plan={data.plan} selection={data.selection} back={data.back} />}
    </BulkPage>
  );
}
