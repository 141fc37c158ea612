import {
  json,
  redirect,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { useActionData, useLoaderData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { MergePage } from '../components/tickets/merge-page.tsx';
import { holds } from '../features/access/permissions.ts';
import { authorize, authorizeForm } from '../features/access/authorize.server.ts';
import { listMerging, readMergeProgress } from '../features/tickets/read-tickets.server.ts';
import { cancelMerges, planMerge, startMerge } from '../features/tickets/merge/start-merge.server.ts';
import { PROBLEMS } from '../features/tickets/ticket-words.ts';
import { parseRowNumber } from '../lib/http/form-fields.ts';
import { exactId } from '../lib/chatwoot/chatwoot-values.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Tickets into Chatwoot');

const NO_STORE = { 'Cache-Control': 'no-store' };

/** The dry run: `ticket` (several; none means every one that is not closed), `inbox`. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const asker = await authorize({ request, context }, 'tickets.write');
  const { services } = context;
  const params = new URL(request.url).searchParams;
  const chosen = params.getAll('ticket').flatMap((id) => parseRowNumber(id) ?? []);
  const withTexts = holds(asker, 'texts.read');
  const started = /^merge_(started|cancelled)$/.test(params.get('done') ?? '');
  const [plan, merging, progress] = await Promise.all([
    started
      ? null
      : planMerge(services, {
          ticketIds: chosen.length > 0 ? chosen : null,
          inboxId: exactId(params.get('inbox')),
          withTexts,
        }),
    listMerging(services, withTexts),
    readMergeProgress(services),
  ]);
  return json({ at: services.db.clock.now().toISOString(), plan, merging, progress }, { headers: NO_STORE });
}

/** `ticket` (several), `inbox`; with `do=cancel` those that wait are kept out. */
export async function action({ request, context }: ActionFunctionArgs) {
  const { actor, form } = await authorizeForm({ request, context }, 'tickets.write');
  const { services } = context;
  if (form.fields.get('do') === 'cancel') {
    const count = await cancelMerges(services, { actor, now: services.db.clock.now() });
    return redirect(`/tickets/merge?done=merge_cancelled&n=${count}`, 303);
  }
  const outcome = await startMerge(services, {
    ticketIds: form.fields.getAll('ticket').flatMap((id) => parseRowNumber(id) ?? []),
    inboxId: exactId(form.fields.get('inbox')) ?? 0,
    actor,
    now: services.db.clock.now(),
  });
  switch (outcome.outcome) {
    case 'started':
      return redirect(`/tickets/merge?done=merge_started&n=${outcome.count}`, 303);
    case 'chatwoot_failed':
      return json({ problem: `Nothing done. ${outcome.detail}.` }, { status: 502, headers: NO_STORE });
    case 'nothing_chosen':
    case 'inbox_unknown':
    case 'not_connected':
      return json({ problem: PROBLEMS[outcome.outcome] }, { status: 409, headers: NO_STORE });
    case 'too_many':
      return json(
        { problem: 'Nothing done: 200 tickets go at once, at most.' },
        { status: 400, headers: NO_STORE },
      );
  }
}

export default function Merge() {
  return <MergePage {...useLoaderData<typeof loader>()} result={useActionData<typeof action>() ?? null} />;
}

export function ErrorBoundary() {
  return (
    refusedPage(useRouteError()) ?? (
      <TroublePage
        title="This cannot be shown now"
        sentence="The database does not answer, or something failed. What was begun goes on by itself."
        retry
      />
    )
  );
}
