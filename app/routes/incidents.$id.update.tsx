import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { PublishUpdatePage } from '../components/incidents/publish-update-page.tsx';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { EntryTrouble } from '../components/layout/trouble-page.tsx';
import { authorize, authorizeForm } from '../features/access/authorize.server.ts';
import { readInboxList } from '../features/fallback/chatwoot-inboxes.server.ts';
import { readClosedInboxes } from '../features/fallback/steps/add-steps.server.ts';
import { readIncident } from '../features/incidents/read-incident.server.ts';
import { environmentChats } from '../features/notify/channel.ts';
import { isOn } from '../features/status/build-document.server.ts';
import { draftUpdate, replaceText } from '../features/status/draft-update.server.ts';
import { NEXT_MS, publishUpdate } from '../features/status/publish-update.server.ts';
import { readNoticeOf } from '../features/status/read-notices.server.ts';
import { readSends, retrySend } from '../features/status/read-sends.server.ts';
import { readPage, readStatusComponents } from '../features/status/read-settings.server.ts';
import { titleOf } from '../features/status/render-parts.ts';
import { canSubscribe, cancelMailing } from '../features/status/subscribers/mailing.server.ts';
import { countSubscribers, readMailedState } from '../features/status/subscribers/read-subscribers.server.ts';
import { COMPONENT_STATES, type Draft, UPDATE_STATES } from '../features/status/status-document.ts';
import { PUBLISH_PROBLEMS } from '../features/status/status-form-words.ts';
import { updateChannels } from '../features/status/update-channels.ts';
import { parseRowNumber } from '../lib/http/form-fields.ts';
import type { Services } from '../lib/services.server.ts';

const NO_STORE = { 'Cache-Control': 'no-store' };
const DONE = ['published', 'again', 'replaced'] as const;

export const meta: MetaFunction = (args) =>
  pageMeta(args, `Publish an update · Incident ${args.params.id ?? ''}`);

export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'incidents.respond');
  const { services } = args.context;
  const id = parseRowNumber(args.params.id);
  const form = id === null ? null : await readForm(services, id);
  if (!form) throw new Response(null, { status: 404, statusText: 'Not Found' });
  const { incident, page, notice, draft, around, on, now } = form;
  const [newest] = notice?.updates ?? [];
  const done = new URL(args.request.url).searchParams.get('done');
  return json(
    {
      at: now.toISOString(),
      incident: { id: incident.id, title: incident.title, drill: incident.drill },
      on,
      components: Object.entries(around.names).map(([number, name]) => ({ id: Number(number), name })),
      notice,
      draft,
      nextAt: new Date(now.getTime() + NEXT_MS).toISOString().slice(0, 16),
      channels: updateChannels(draft, { ...around, chosen: notice?.chosen ?? null }),
      sends: newest ? await readSends(services, newest, on) : [],
      language: page.language,
      done: DONE.find((known) => known === done) ?? null,
    },
    { headers: NO_STORE },
  );
}

/** The incident, what was published of it, and everything that a channel's form depends on. */
async function readForm(services: Services, id: number) {
  const { config, db } = services;
  const now = db.clock.now();
  const incident = await readIncident(services, id, now);
  if (!incident) return null;
  const [page, components, notice, inboxes, fallback, counts] = await Promise.all([
    readPage(db.pool),
    readStatusComponents(db.pool),
    readNoticeOf(db.pool, incident.id),
    readInboxList(services),
    readClosedInboxes(db.pool),
    canSubscribe(config) ? countSubscribers(db.pool) : null,
  ]);
  const told = counts && notice && !notice.resolved ? await readMailedState(db.pool, notice.id) : null;
  const email = config.SUPPORT_FALLBACK_EMAIL;
  const on = isOn(config.STATUS_PAGE, page.enabled);
  const draft = draftUpdate(incident, {
    ...{ components, now, email, language: page.language },
    notice: notice && !notice.resolved ? notice : null,
  });
  const around = {
    ...{ incidentId: id, language: page.language, on, email, now, appUrl: config.APP_URL },
    contact: page.contact,
    pageTitle: titleOf({ page }),
    subscribers: counts && { count: counts.mails + counts.hooks, told },
    chats: environmentChats(config),
    statuspage: config.STATUSPAGE_API_KEY !== undefined,
    fallbackOn: fallback.on,
    inboxes: inboxes.inboxes.map((inbox) => ({
      id: String(inbox.id),
      name: inbox.name,
      closed: fallback.closed.some((one) => one.inbox === String(inbox.id)),
    })),
    names: Object.fromEntries<string>(components.map(({ id: number, name }) => [number, name])),
  };
  return { incident, page, notice, draft, around, on, now };
}

/**
 * `title`, `text`, `state`, `seen`, `next`, each `channel` and, by a component's number, `affects-<n>`. `do=preview` only shows
 * what each channel would show, `do=again` with `key` tries a channel again, `do=replace` puts
 * `text` in the place of `was` in the update `seen`, `do=cancel` with `mailing` tells no more subscribers.
 */
export async function action(args: ActionFunctionArgs) {
  const { actor, form } = await authorizeForm(args, 'incidents.respond');
  const { services } = args.context;
  const { fields } = form;
  const id = parseRowNumber(args.params.id);
  if (id === null) throw new Response(null, { status: 404, statusText: 'Not Found' });
  const now = services.db.clock.now();
  const seen = parseRowNumber(fields.get('seen')) ?? 0;
  if (fields.get('do') === 'again') {
    const notice = await readNoticeOf(services.db.pool, id);
    const key = fields.get('key') ?? '';
    const tried =
      notice?.updates[0]?.id === seen && (await retrySend(services, { updateId: seen, key, actor, now }));
    if (tried) return redirect(`/incidents/${id}/update?done=again`, 303);
    const problem = 'Nothing was tried again: it is on its way already, or a newer update took its place.';
    return json({ problem, typed: null, next: null, channels: null }, { status: 409, headers: NO_STORE });
  }
  if (fields.get('do') === 'replace') {
    const replaced = await replaceText(services, {
      ...{ incidentId: id, updateId: seen, actor, now },
      ...{ was: fields.get('was') ?? '', text: fields.get('text') ?? '' },
    });
    if (replaced === 'replaced') return redirect(`/incidents/${id}/update?done=replaced`, 303);
    const isEmpty = replaced === 'text_missing';
    const problem = PUBLISH_PROBLEMS[isEmpty ? 'nothing_to_replace' : 'not_replaced'];
    const status = isEmpty ? 400 : replaced === 'not_found' ? 404 : 409;
    return json({ problem, typed: null, next: null, channels: null }, { status, headers: NO_STORE });
  }
  const affects = Object.fromEntries(
    [...fields].flatMap(([name, value]) => {
      const [, component] = /^affects-([1-9]\d{0,14})$/.exec(name) ?? [];
      const state = COMPONENT_STATES.find((known) => known === value && known !== 'unknown');
      return component && state ? [[component, state]] : [];
    }),
  );
  if (fields.get('do') === 'cancel') {
    await cancelMailing(services, { id: parseRowNumber(fields.get('mailing')) ?? 0, actor, now });
    return redirect(`/incidents/${id}/update`, 303);
  }
  const typed: Draft = {
    title: fields.get('title') ?? '',
    text: fields.get('text') ?? '',
    state: UPDATE_STATES.find((known) => known === fields.get('state')) ?? 'investigating',
    affects,
  };
  const chosen = fields.getAll('channel');
  const next = { typed: (fields.get('next') ?? '').slice(0, 16), problem: null as string | null };
  const shown = async (problem: string | null, status: number) => {
    const read = await readForm(services, id);
    const channels = read && updateChannels(typed, { ...read.around, chosen });
    return json({ problem, typed, next, channels }, { status, headers: NO_STORE });
  };
  if (fields.get('do') === 'preview') return shown(null, 200);
  const nextAt = next.typed === '' ? null : new Date(`${next.typed}:00Z`);
  const result = await publishUpdate(services, {
    ...{ ...typed, incidentId: id, seen, channels: chosen, actor, now },
    nextAt,
  });
  if (result.outcome === 'published') return redirect(`/incidents/${id}/update?done=published`, 303);
  if (/^next_/.test(result.outcome)) next.problem = PUBLISH_PROBLEMS[result.outcome];
  const status = result.outcome === 'not_found' ? 404 : result.outcome === 'changed_meanwhile' ? 409 : 400;
  return shown(PUBLISH_PROBLEMS[result.outcome], status);
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
