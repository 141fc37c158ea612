import { invalid, notFound, ok, type ApiAnswer } from './answer.ts';
import { newWebhookSecret, SUBSCRIBABLE_EVENTS, type Webhook } from '../webhook-sender.ts';
import type { Place } from '../records.ts';
import { restWebhook } from './rest-shapes.ts';

export interface WebhooksApi {
  hooks(): Webhook[];
  /** @param id from the path; null for the collection */
  handle(method: string, id: number | null, body: Record<string, unknown>): ApiAnswer | null;
}

/** `/api/v1/accounts/{a}/webhooks`: list, create, update, delete, with Chatwoot's wrappers and validations. */
export function createWebhooksApi(place: Place): WebhooksApi {
  let nextId = 1;
  const hooks = new Map<number, Webhook>();
  const wrapped = (hook: Webhook) => ok({ payload: { webhook: restWebhook(place, hook) } });

  function problemOf(url: unknown, subscriptions: unknown, self?: Webhook): ApiAnswer | null {
    if (typeof url !== 'string' || !/^https?:\/\/./.test(url) || !URL.canParse(url)) {
      return invalid('Url is invalid', 'url');
    }
    if ([...hooks.values()].some((hook) => hook !== self && hook.url === url)) {
      return invalid('Url has already been taken', 'url');
    }
    const known: readonly unknown[] = SUBSCRIBABLE_EVENTS;
    const valid = Array.isArray(subscriptions) && subscriptions.length > 0;
    if (!valid || !subscriptions.every((event) => known.includes(event))) {
      return invalid('Subscriptions Invalid events', 'subscriptions');
    }
    return null;
  }

  function create(body: Record<string, unknown>): ApiAnswer {
    const problem = problemOf(body.url, body.subscriptions);
    if (problem) return problem;
    const hook: Webhook = {
      id: nextId++,
      name: typeof body.name === 'string' ? body.name : null,
      url: body.url as string,
      subscriptions: [...new Set(body.subscriptions as string[])],
      secret: newWebhookSecret(),
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

  return {
    hooks: () => [...hooks.values()],
    handle(method, id, body) {
      if (id === null) {
        if (method === 'GET') {
          const webhooks = [...hooks.values()].map((hook) => restWebhook(place, hook));
          return ok({ payload: { webhooks } });
        }
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
