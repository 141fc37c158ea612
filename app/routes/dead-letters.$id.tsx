import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { EntryTrouble } from '../components/entry-trouble.tsx';
import { Clock } from '../components/clock.tsx';
import { Actions } from '../components/detail/actions.tsx';
import { Attempts } from '../components/detail/attempts.tsx';
import { Message } from '../components/detail/message.tsx';
import { Payload } from '../components/detail/payload.tsx';
import { SinceThen } from '../components/detail/since-then.tsx';
import { Summary } from '../components/detail/summary.tsx';
import { BackLink } from '../components/back-link.tsx';
import { LiveBadge } from '../components/live/live-badge.tsx';
import { Notice } from '../components/notice.tsx';
import { PageHeader } from '../components/page-header.tsx';
import { holds } from '../features/access/asker.ts';
import { authorize } from '../features/access/authorize.server.ts';
import { hideTexts } from '../features/delivery/dead-letters/hide-texts.server.ts';
import { readDeadLetter } from '../features/delivery/dead-letters/dead-letter.view.server.ts';

export const meta: MetaFunction<typeof loader> = ({ params }) => [
  { title: `Dead letter ${params.id ?? ''} · Outage Center` },
];

export async function loader(args: LoaderFunctionArgs) {
  const asker = await authorize(args, 'page.read');
  const { params, context } = args;
  const id = /^[1-9]\d{0,14}$/.test(params.id ?? '') ? Number(params.id) : null;
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
    <Clock at={at}>
      <div className="oc-page">
        <PageHeader>
          <LiveBadge />
        </PageHeader>
        <main id="main" tabIndex={-1} className="oc-main">
          <BackLink to="/#dead-letters">All dead letters</BackLink>
          <Summary detail={detail} />
          <div className="oc-two">
            <Actions detail={detail} />
            <div className="oc-column">
              <Message detail={detail} />
              <SinceThen detail={detail} />
            </div>
          </div>
          <Attempts attempts={detail.attempts} />
          <Payload detail={detail} />
        </main>
        <Notice />
      </div>
    </Clock>
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
