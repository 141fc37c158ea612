import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from '@remix-run/node';
import { useLoaderData, useRouteError } from '@remix-run/react';
import {
  AcknowledgePage,
  AcknowledgeTrouble,
  NOTHING_DONE,
} from '../components/incidents/acknowledge-page.tsx';
import {
  acknowledgeByLink,
  readLinkState,
} from '../features/incidents/message-links/acknowledge-by-link.server.ts';
import { receiveForm } from '../lib/http/form-action.server.ts';

export const meta: MetaFunction = () => [
  { title: 'Acknowledge · Outage Center' },
  { name: 'robots', content: 'noindex' },
];

/** What a link in a message opens. Looking acknowledges nothing: mail programs, chats and their scanners look, too. */
export async function loader({ context, params }: LoaderFunctionArgs) {
  const { services } = context;
  if (services.db.status().state !== 'up')
    throw new Response(null, { status: 503, statusText: 'Database away' });
  const now = services.db.clock.now();
  const link = await readLinkState(services, params.token ?? '', now);
  const isLost = link.state === 'void' || link.state === 'expired';
  return json(
    { at: now.toISOString(), link },
    // The address opens something: nobody that the page leads to is told of it.
    {
      status: isLost ? 404 : 200,
      headers: { 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' },
    },
  );
}

export async function action({ request, context, params }: ActionFunctionArgs) {
  const { services, clientAddress } = context;
  const form = await receiveForm(request, services.config.APP_URL);
  if (form instanceof Response) throw form;
  const token = params.token ?? '';
  const done = await acknowledgeByLink(services, {
    token,
    from: clientAddress,
    now: services.db.clock.now(),
  });
  if (done.outcome === 'database_away')
    throw new Response(done.sure ? NOTHING_DONE : null, { status: 503, statusText: 'Database away' });
  // Done or not, the page says how it is now.
  return redirect(`/acknowledge/${encodeURIComponent(token)}`, 303);
}

export default function Acknowledge() {
  return <AcknowledgePage {...useLoaderData<typeof loader>()} />;
}

export function ErrorBoundary() {
  return <AcknowledgeTrouble error={useRouteError()} />;
}
