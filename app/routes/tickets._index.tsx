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
import { TicketsPage } from '../components/tickets/tickets-page.tsx';
import { holds } from '../features/access/permissions.ts';
import { authorize, authorizeForm } from '../features/access/authorize.server.ts';
import { listTickets, TICKET_FILTERS, type TicketFilter } from '../features/tickets/read-tickets.server.ts';
import { actOnTicket } from '../features/tickets/ticket-form.server.ts';
import { parseRowNumber } from '../lib/http/form-fields.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Tickets');

const NO_STORE = { 'Cache-Control': 'no-store' };

export async function loader({ request, context }: LoaderFunctionArgs) {
  const asker = await authorize({ request, context }, 'page.read');
  const { services } = context;
  const now = services.db.clock.now();
  const params = new URL(request.url).searchParams;
  const filter: TicketFilter = TICKET_FILTERS.find((one) => one === params.get('show')) ?? 'current';
  const page = parseRowNumber(params.get('page')) ?? 1;
  const withTexts = holds(asker, 'texts.read');
  const list = await listTickets(services, { filter, page, withTexts, now });
  const data = {
    at: now.toISOString(),
    list,
    filter,
    withTexts,
    targetMs: services.config.SLA_FIRST_RESPONSE,
    connected: services.config.connection !== null,
  };
  return json(data, { headers: NO_STORE });
}

/** `do=add` and `do=change`; the fields of a line. */
export async function action({ request, context }: ActionFunctionArgs) {
  const { actor, form } = await authorizeForm({ request, context }, 'tickets.write');
  const { services } = context;
  const result = await actOnTicket(services, { fields: form.fields, actor, now: services.db.clock.now() });
  if (result.outcome === 'refused') return json(result, { status: result.status, headers: NO_STORE });
  const back = new URL(form.returnTo, 'http://page');
  back.searchParams.delete('edit');
  back.searchParams.set('done', result.done);
  back.searchParams.set('n', String(result.n));
  return redirect(`/tickets${back.search}`, 303);
}

export default function Tickets() {
  return <TicketsPage {...useLoaderData<typeof loader>()} result={useActionData<typeof action>() ?? null} />;
}

export function ErrorBoundary() {
  return (
    refusedPage(useRouteError()) ?? (
      <TroublePage
        title="Tickets cannot be read now"
        sentence="The database does not answer, or something failed. Keep new requests on paper until it is back."
        retry
      />
    )
  );
}
