import { randomUUID } from 'node:crypto';
import {
  json,
  redirect,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { EntryTrouble } from '../components/layout/trouble-page.tsx';
import { TicketPage } from '../components/tickets/ticket-page.tsx';
import { holds } from '../features/access/permissions.ts';
import { authorize, authorizeForm } from '../features/access/authorize.server.ts';
import { fillTemplate, mergeValues } from '../features/tickets/fill-template.ts';
import { readTicket } from '../features/tickets/read-tickets.server.ts';
import { listTemplates } from '../features/tickets/templates.server.ts';
import { actOnTicket } from '../features/tickets/ticket-form.server.ts';
import { type TemplateView, ticketName, type TicketView } from '../features/tickets/ticket-view.ts';
import { ownPath } from '../lib/http/same-origin.ts';
import { parseRowNumber } from '../lib/http/form-fields.ts';

export const meta: MetaFunction = (args) => pageMeta(args, `Ticket T-${args.params.id}`);

const NO_STORE = { 'Cache-Control': 'no-store' };

const idOf = (id: string | undefined) => parseRowNumber(id?.replace(/^T-/i, ''));

export async function loader({ request, context, params }: LoaderFunctionArgs) {
  const asker = await authorize({ request, context }, 'page.read');
  const { services } = context;
  const { config } = services;
  const id = idOf(params.id);
  const withTexts = holds(asker, 'texts.read');
  const read = id === null ? null : await readTicket(services, { id, withTexts });
  if (!read) throw new Response(null, { status: 404, statusText: 'Not Found' });
  const templates = await listTemplates(services);
  const chosen = parseRowNumber(new URL(request.url).searchParams.get('template'));
  const template = templates.find((one) => one.id === chosen) ?? null;
  const draft = withTexts
    ? draftOf(read.ticket, template, { agent: asker.name, supportEmail: config.SUPPORT_FALLBACK_EMAIL })
    : null;
  const data = {
    at: services.db.clock.now().toISOString(),
    ...read,
    templates: templates.map(({ id: templateId, name }) => ({ id: templateId, name })),
    templateId: template?.id ?? null,
    draft,
    mailId: randomUUID(),
    canSend: config.SMTP_URL !== undefined && config.SMTP_FROM !== undefined,
    targetMs: config.SLA_FIRST_RESPONSE,
  };
  return json(data, { headers: NO_STORE });
}

function draftOf(
  ticket: TicketView,
  template: TemplateView | null,
  more: { agent: string; supportEmail: string },
): { subject: string; body: string } {
  const name = ticketName(ticket.id);
  const values = mergeValues({ customer: ticket.customer ?? '', issue: ticket.issue ?? '', name }, more);
  return {
    subject: fillTemplate(template?.subject ?? 'Re: {{issue}} [{{ticket}}]', values),
    body: fillTemplate(template?.body ?? 'Hello {{customer}},\n\n\n\n{{agent}}', values),
  };
}

/** `do=change`, `do=note`, `do=reply`, `do=send`. */
export async function action({ request, context, params }: ActionFunctionArgs) {
  const { actor, form } = await authorizeForm({ request, context }, 'tickets.write');
  const { services } = context;
  const id = idOf(params.id);
  form.fields.set('ticket', String(id ?? ''));
  const result = await actOnTicket(services, { fields: form.fields, actor, now: services.db.clock.now() });
  if (result.outcome === 'refused') return json(result, { status: result.status, headers: NO_STORE });
  return redirect(ownPath(`/tickets/${id}?done=${result.done}&n=${result.n}`, request.url), 303);
}

export default function Ticket() {
  return <TicketPage {...useLoaderData<typeof loader>()} result={useActionData<typeof action>() ?? null} />;
}

export function ErrorBoundary() {
  return (
    <EntryTrouble
      noun="ticket"
      kept="Tickets are never deleted."
      title="This ticket cannot be read now"
      effect="If you sent an answer just now, look into the history before you send it again."
    />
  );
}
