import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { PublishUpdatePage } from '../components/incidents/publish-update-page.tsx';
import { pageMeta } from '../components/layout/page-title.ts';
import { EntryTrouble } from '../components/layout/trouble-page.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { readIncident } from '../features/incidents/read-incident.server.ts';
import { isOn } from '../features/status/build-document.server.ts';
import { draftUpdate } from '../features/status/draft-update.server.ts';
import { publishUpdate, readNoticeOf } from '../features/status/publish-update.server.ts';
import { readPage, readStatusComponents } from '../features/status/read-settings.server.ts';
import { COMPONENT_STATES, UPDATE_STATES } from '../features/status/status-document.ts';
import { PUBLISH_PROBLEMS } from '../features/status/status-form-words.ts';
import { receiveForm } from '../lib/http/form-action.server.ts';
import { parseRowNumber } from '../lib/http/row-number.ts';

const NO_STORE = { 'Cache-Control': 'no-store' };

export const meta: MetaFunction = (args) =>
  pageMeta(args, `Publish an update · Incident ${args.params.id ?? ''}`);

export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'incidents.respond');
  const { services } = args.context;
  const { config, db } = services;
  const now = db.clock.now();
  const id = parseRowNumber(args.params.id);
  const incident = id === null ? null : await readIncident(services, id, now);
  if (!incident) throw new Response(null, { status: 404, statusText: 'Not Found' });
  const [page, components, notice] = await Promise.all([
    readPage(db.pool),
    readStatusComponents(db.pool),
    readNoticeOf(db.pool, incident.id),
  ]);
  const goesOn = notice && !notice.resolved ? notice : null;
  return json(
    {
      at: now.toISOString(),
      incident: { id: incident.id, title: incident.title, drill: incident.drill },
      on: isOn(config.STATUS_PAGE, page.enabled),
      components: components.map(({ id: number, name }) => ({ id: number, name })),
      notice,
      draft: draftUpdate(incident, {
        ...{ components, now, language: page.language },
        notice: goesOn,
        email: config.SUPPORT_FALLBACK_EMAIL,
      }),
      done: new URL(args.request.url).searchParams.get('done') === 'published',
    },
    { headers: NO_STORE },
  );
}

/** `title`, `text`, `state`, `seen` and, by a component's number, `affects-<n>`. */
export async function action(args: ActionFunctionArgs) {
  const actor = await authorize(args, 'incidents.respond');
  const { services } = args.context;
  const form = await receiveForm(args.request, services.config.APP_URL);
  if (form instanceof Response) throw form;
  const { fields } = form;
  const id = parseRowNumber(args.params.id);
  if (id === null) throw new Response(null, { status: 404, statusText: 'Not Found' });
  const affects = Object.fromEntries(
    [...fields].flatMap(([name, value]) => {
      const [, component] = /^affects-([1-9]\d{0,14})$/.exec(name) ?? [];
      const state = COMPONENT_STATES.find((known) => known === value && known !== 'unknown');
      return component && state ? [[component, state]] : [];
    }),
  );
  const typed = {
    title: fields.get('title') ?? '',
    text: fields.get('text') ?? '',
    state: UPDATE_STATES.find((known) => known === fields.get('state')) ?? 'investigating',
    affects,
  };
  const result = await publishUpdate(services, {
    ...typed,
    incidentId: id,
    seen: parseRowNumber(fields.get('seen')) ?? 0,
    actor,
    now: services.db.clock.now(),
  });
  if (result.outcome === 'published') return redirect(`/incidents/${id}/update?done=published`, 303);
  const status = result.outcome === 'not_found' ? 404 : result.outcome === 'changed_meanwhile' ? 409 : 400;
  return json({ problem: PUBLISH_PROBLEMS[result.outcome], typed }, { status, headers: NO_STORE });
}

export default function PublishUpdate() {
  return (
    <PublishUpdatePage {...useLoaderData<typeof loader>()} result={useActionData<typeof action>() ?? null} />
  );
}

export function ErrorBoundary() {
  return (
    <EntryTrouble
      noun="incident"
      kept="Incidents are never deleted: resolved and merged ones keep their number."
      title="Updates cannot be published now"
      effect="Nothing was published. Customers see the public page as it was last, with its age."
    />
  );
}
