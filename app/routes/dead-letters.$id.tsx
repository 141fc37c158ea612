import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { EntryTrouble } from '../components/layout/trouble-page.tsx';
import { Actions, SinceThen } from '../components/dead-letters/detail/actions.tsx';
import { Attempts } from '../components/dead-letters/detail/attempts.tsx';
import { Message, Payload } from '../components/dead-letters/detail/content.tsx';
import { Summary } from '../components/dead-letters/detail/summary.tsx';
import { BackLink, Page } from '../components/layout/page.tsx';
import { holds } from '../features/access/permissions.ts';
import { authorize } from '../features/access/authorize.server.ts';
import { hideTexts, readDeadLetter } from '../features/delivery/dead-letters/read-dead-letter.server.ts';
import { parseRowNumber } from '../lib/http/form-fields.ts';

export const meta: MetaFunction<typeof loader> = (args) =>
  pageMeta(args, `Dead letter ${args.params.id ?? ''}`);

export async function loader(args: LoaderFunctionArgs) {
  const asker = await authorize(args, 'page.read');
  const { params, context } = args;
  const id = parseRowNumber(params.id);
  const found = id === null ? null : await readDeadLetter(context.services, id);
  const detail = found && !holds(asker, 'texts.read') ? hideTexts(found) : found;
  if (!detail) throw new Response(null, { status: 404, statusText: 'Not Found' });
  return json(
    { at: context.services.db.clock.now().toISOString(), detail },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export default function DeadLetterPage() {
  const { at, detail } = useLoaderData<typeof loader>();
  return (
    <Page at={at} live>
      <BackLink to="/delivery#dead-letters">All dead letters</BackLink>
      <Summary detail={detail} />
      <div className="oc-two">
        <Actions detail={detail} />
        <div className="oc-column">
          <Message detail={detail} />
          <SinceThen detail={detail} />
        </div>
      </div>
      <Attempts detail={detail} />
      <Payload detail={detail} />
    </Page>
  );
}

export function ErrorBoundary() {
  return (
    <EntryTrouble
      noun="dead letter"
      kept="Dead letters are never deleted: replayed and discarded ones keep their number."
      title="This dead letter cannot be read now"
      effect="Nothing about the dead letter has changed."
    />
  );
}
