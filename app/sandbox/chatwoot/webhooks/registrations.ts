import { type ApiAnswer, invalid, notFound, ok, SERVER_ERROR, UNAUTHORIZED } from '../api/answer.ts';
import type { Bot, Inbox, Place } from '../records.ts';
import { SUBSCRIBABLE_EVENTS, subscribableEvents, type Version } from '../version.ts';
import { newSecret, type Webhook } from './payloads.ts';

/**
 * What GET `/webhooks` answers: the list; 500, as with an encryption key that cannot be read; an empty list; 401. With each
 * of them the webhooks are there, and POST says that their URLs are taken.
 */
type Listing = 'ok' | 'unreadable' | 'empty' | 'unauthorized';

/** The account's webhooks, as somebody sees and changes them in Chatwoot's settings. */
export interface Registrations {
  hooks(): Webhook[];
  /** As with Chatwoot's own button, unknown to whoever registered them; all of them when no id is given. */
  remove(id?: number): void;
  /** @throws Error when there is no such webhook */
  change(id: number, changes: Partial<Pick<Webhook, 'url' | 'subscriptions' | 'secret'>>): void;
  setListing(listing: Listing): void;
  /** @param id from the path; null for the collection */
  handle(method: string, id: number | null, body: Record<string, unknown>): ApiAnswer | null;
}

/** `/api/v1/accounts/{a}/webhooks`: list, create, update, delete, with Chatwoot's wrappers and validations. */
export function createRegistrations(place: Place, version: Version, firstId = 1): Registrations {
  let nextId = firstId;
  let listing: Listing = 'ok';
  const hooks = new Map<number, Webhook>();
  const wrapped = (hook: Webhook) => ok({ payload: { webhook: restWebhook(place, hook, version) } });

  function problemOf(url: unknown, subscriptions: unknown, self?: Webhook): ApiAnswer | null {
    const problems: [message: string, attribute: string][] = [];
    if ([...hooks.values()].some((hook) => hook !== self && hook.url === url))
      problems.push(['Url has already been taken', 'url']);
    if (typeof url !== 'string' || !/^https?:\/\/./.test(url) || !URL.canParse(url))
      problems.push(['Url is invalid', 'url']);
    const known: readonly unknown[] = subscribableEvents(version);
    const valid = Array.isArray(subscriptions) && subscriptions.length > 0;
    if (!valid || !subscriptions.every((event) => known.includes(event)))
      problems.push(['Subscriptions Invalid events', 'subscriptions']);
    // Rails runs every validation and names them all.
    return problems.length === 0
      ? null
      : invalid(
          problems.map(([message]) => message).join(', '),
          ...problems.map(([, attribute]) => attribute),
        );
  }

  function create(body: Record<string, unknown>): ApiAnswer {
    const problem = problemOf(body.url, body.subscriptions);
    if (problem) return problem;
    const hook: Webhook = {
      id: nextId++,
      name: typeof body.name === 'string' ? body.name : null,
      url: body.url as string,
      subscriptions: [...new Set(body.subscriptions as string[])],
      secret: newSecret(),
      of: 'account',
    };
    hooks.set(hook.id, hook);
    return wrapped(hook);
  }

  function update(hook: Webhook, body: Record<string, unknown>): ApiAnswer {
    const url = body.url ?? hook.url;
    const subscriptions = body.subscriptions ?? hook.subscriptions;
    const problem = problemOf(url, subscriptions, hook);
    if (problem) return problem;
    hook.url = url as string;
    hook.subscriptions = [...new Set(subscriptions as string[])];
    if (typeof body.name === 'string') hook.name = body.name;
    return wrapped(hook);
  }

  function list(): ApiAnswer {
    if (listing === 'unreadable') return SERVER_ERROR;
    if (listing === 'unauthorized') return UNAUTHORIZED;
    const shown = listing === 'empty' ? [] : [...hooks.values()];
    return ok({ payload: { webhooks: shown.map((hook) => restWebhook(place, hook, version)) } });
  }

  return {
    hooks: () => [...hooks.values()],
    remove(id) {
      if (id === undefined) hooks.clear();
      else hooks.delete(id);
    },
    change(id, changes) {
      const hook = hooks.get(id);
      if (!hook) throw new Error(`There is no webhook ${id}.`);
      Object.assign(hook, changes);
    },
    setListing(next) {
      listing = next;
    },
    handle(method, id, body) {
      if (id === null) {
        if (method === 'GET') return list();
        return method === 'POST' ? create(unwrapped(body)) : null;
      }
      const hook = hooks.get(id);
      if (!hook) return notFound();
      if (method === 'PATCH' || method === 'PUT') return update(hook, unwrapped(body));
      if (method === 'DELETE') {
        hooks.delete(id);
        return ok();
      }
      return null;
    },
  };
}

/** Rails takes the attributes flat or under the model's name. */
function unwrapped(body: Record<string, unknown>): Record<string, unknown> {
  const inner = body.webhook;
  return typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : body;
}

/** Since 4.13 status changes and changed attributes reach bots; never conversation_created, contacts or typing. */
const BOT_EVENTS = [
  'message_created',
  'message_updated',
  'conversation_status_changed',
  'conversation_updated',
  'webwidget_triggered',
];

/**
 * Who gets the events of an inbox's conversations without asking: the API inbox's own address, signed with the inbox's own
 * secret, and the inbox's bot. They are no rows of the account's webhooks.
 * @param inbox null for what belongs to no inbox
 */
export function hooksOfInbox(inbox: Inbox | null): Webhook[] {
  if (!inbox) return [];
  return [...ownHook(inbox), ...(inbox.bot ? botHook(inbox.bot) : [])];
}

function ownHook({ id, name, api }: Inbox): Webhook[] {
  if (!api?.webhookUrl) return [];
  const events = SUBSCRIBABLE_EVENTS.filter((event) => !/^(contact|inbox)_/.test(event));
  return [{ id: -id, name, url: api.webhookUrl, secret: api.secret, subscriptions: events, of: 'inbox' }];
}

function botHook({ id, name, outgoingUrl, secret = '' }: Bot): Webhook[] {
  if (!outgoingUrl) return [];
  return [{ id: -id, name, url: outgoingUrl, secret, subscriptions: BOT_EVENTS, of: 'bot' }];
}

const restWebhook = (place: Place, webhook: Webhook, version: Version) => ({
  id: webhook.id,
  ...(version.atLeast('4.8.0') && { name: webhook.name }),
  url: webhook.url,
  account_id: place.account.id,
  subscriptions: webhook.subscriptions,
  ...(version.atLeast('4.12.0') && { secret: webhook.secret }),
});
