import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { BulkPage } from '../components/bulk/bulk-page.tsx';
import { ReplayForm } from '../components/bulk/replay-form.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { refuseTextSearch } from '../features/access/refuse-text-search.server.ts';
import { planReplay } from '../features/delivery/dead-letters/plan-replay.view.server.ts';
import {
  filterToParams,
  selectionFromParams,
  selectionToParams,
} from '../features/delivery/dead-letters/selection.ts';

export const meta: MetaFunction = () => [{ title: 'Replay dead letters · Outage Center' }];

/** Dry run of a replay of several dead letters: `scope` and its fields as in selection.ts. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const asker = await authorize({ request, context }, 'dead_letters.replay');
  const now = new Date();
  const params = new URL(request.url).searchParams;
  const refused = refuseTextSearch(asker, params);
  if (refused) throw refused;
  const selection = selectionFromParams(params, now);
  const at = now.toISOString();
  if (!selection.ok) return json({ at, back: '/#dead-letters', problem: selection.problem }, { status: 400 });
  const { value } = selection;
  const plan = await planReplay(context.services, { selection: value, skipAnswered: false });
  const filter = 'filter' in value ? filterToParams(value.filter).toString() : '';
  return json({
    at,
    back: `/?${filter}#dead-letters`,
    problem: null,
    plan,
    selection: [...selectionToParams(value)],
  });
}

export default function ReplayPage() {
  const data = useLoaderData<typeof loader>();
  return (
    <BulkPage at={data.at} title="Replay dead letters" back={data.back} problem={data.problem}>
      {'plan' in data && <ReplayForm plan={data.plan} selection={data.selection} back={data.back} />}
    </BulkPage>
  );
}
