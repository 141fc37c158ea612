import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { authorize, authorizeForm } from '../features/access/authorize.server.ts';
import { holds } from '../features/access/permissions.ts';
import { asFrame } from '../features/access/sessions/frame-session.server.ts';
import { readFrame } from '../features/frame/frame.server.ts';
import { acknowledge } from '../features/incidents/act-on-incident.server.ts';
import { incidentNoticeText } from '../components/incidents/incident-words.ts';
import { exactId } from '../lib/chatwoot/chatwoot-values.ts';
import { answerForm } from '../lib/http/form-action.server.ts';
import { notUnderstood, problemResponse } from '../lib/http/problem.ts';
import { parseRowNumber } from '../lib/http/form-fields.ts';

/** What the frame shows of the conversation `?id=`. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  const { services, access, intake } = context;
  const asker = await authorize({ request: asFrame(request, access), context }, 'page.read');
  const id = exactId(new URL(request.url).searchParams.get('id'));
  if (id === null) return problemResponse(notUnderstood('id is the number of a conversation in Chatwoot.'));
  const view = await readFrame(services, intake.status(), {
    id: String(id),
    may: { take: holds(asker, 'incidents.respond'), fallback: holds(asker, 'fallback.toggle') },
    now: services.db.clock.now(),
  });
  return Response.json(view, { headers: { 'Cache-Control': 'no-store' } });
}

const STATUS: Record<string, number> = { acknowledged: 200, not_found: 404 };

/** Takes the `incident` from inside Chatwoot. */
export async function action({ request, context }: ActionFunctionArgs): Promise<Response> {
  const { services, access } = context;
  const call = { request: asFrame(request, access), context };
  const { actor, form } = await authorizeForm(call, 'incidents.respond');
  const incidentId = parseRowNumber(form.fields.get('incident'));
  if (incidentId === null) return problemResponse(notUnderstood('incident is the number of an incident.'));
  const outcome = await acknowledge(services, { incidentId, actor, now: services.db.clock.now() });
  return answerForm(form, {
    status: STATUS[outcome.outcome] ?? 409,
    body: outcome,
    location: `/embed?notice=incident_${outcome.outcome}`,
    say: incidentNoticeText,
  });
}
