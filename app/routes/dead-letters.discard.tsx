import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { BulkPage } from '../components/bulk/bulk-page.tsx';
import { DiscardForm } from '../components/bulk/discard-form.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { refuseTextSearch } from '../features/access/refuse-text-search.server.ts';
import { planReplay } from '../features/delivery/dead-letters/plan-replay.view.server.ts';
import {
  filterToParams,
  selectionFromParams,
  selectionToParams,
} from '../features/delivery/dead-letters/selection.ts';

export const meta: MetaFunction = () => [{ title: 'Discard dead letters · Outage Center' }];

/** How many a discard would put away: `scope` and its fields as in selection.ts. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const asker = await authorize({ request, context }, 'dead_letters.discard');
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
    count: plan.count,
    selection: [...selectionToParams(value)],
  });
}

export default function DiscardPage() {
  const data = useLoaderData<typeof loader>();
  return (
    <BulkPage at={data.at} title="Discard dead letters" back={data.back} problem={data.problem}>
      {'count' in data && <DiscardForm count={data.count} selection={data.selection} back={data.back} />}
    </BulkPage>
  );
}
