import type { Agent } from '../records.ts';
import type { ChatwootStore } from '../store/store.ts';
import { type ApiAnswer, notFound, ok } from './answer.ts';
import { restAgent } from './shapes/conversation.ts';

export interface SlaPolicy {
  id: number;
  name: string;
  /** Seconds, as floats; null: none. */
  first_response_time_threshold: number | null;
  next_response_time_threshold: number | null;
  resolution_time_threshold: number | null;
}

type Fields = Record<string, unknown>;

/** What an account may set up besides: canned responses, dashboard apps, macros, SLA policies (none where the feature is off). */
export function createSettingsApi(store: ChatwootStore, now: () => number) {
  const canned: Fields[] = [];
  const apps: Fields[] = [];
  const macros: Fields[] = [];
  const policies: SlaPolicy[] = [];

  function keep(list: Fields[], fields: Fields): Fields {
    const kept = { id: list.length + 1, ...fields };
    list.push(kept);
    return kept;
  }

  const lists: Record<string, { list: () => unknown; add?: (body: Fields, caller: Agent) => unknown }> = {
    canned_responses: {
      list: () => canned,
      add({ short_code, content }) {
        const at = new Date(now()).toISOString();
        return keep(canned, {
          account_id: store.place.account.id,
          short_code,
          content,
          created_at: at,
          updated_at: at,
        });
      },
    },
    dashboard_apps: {
      list: () => apps,
      add: ({ title, content }) => keep(apps, { title, content, created_at: new Date(now()).toISOString() }),
    },
    macros: {
      list: () => ({ payload: macros }),
      add({ name, visibility, actions }, caller) {
        const by = restAgent(store.place, caller);
        return {
          payload: keep(macros, {
            name,
            visibility,
            created_by: by,
            updated_by: by,
            account_id: store.place.account.id,
            actions,
          }),
        };
      },
    },
    sla_policies: {
      list: () => ({
        payload: policies.map((policy) => ({
          description: null,
          only_during_business_hours: false,
          ...policy,
        })),
      }),
    },
  };

  return {
    /** Of Enterprise; a conversation names one by `slaPolicyId`. */
    policies,
    /** @returns null when there is no such list */
    handle(method: string, [resource = '', id]: string[], body: Fields, caller: Agent): ApiAnswer | null {
      if (resource === 'dashboard_apps' && method === 'DELETE') {
        const at = apps.findIndex((app) => String(app.id) === id);
        if (at < 0) return notFound();
        apps.splice(at, 1);
        return ok();
      }
      if (id !== undefined) return null;
      const known = Object.hasOwn(lists, resource) ? lists[resource] : undefined;
      if (known && method === 'GET') return ok(known.list());
      return known?.add && method === 'POST' ? ok(known.add(body, caller)) : null;
    },
  };
}

export type SettingsApi = ReturnType<typeof createSettingsApi>;

/** GET `/agents`; DELETE `/agents/{id}`, after which nothing tells of what that agent had. */
export function answerAgents(store: ChatwootStore, method: string, path: string[]): ApiAnswer | null {
  if (path.length === 0) {
    const agents = store.agents.map((agent) => restAgent(store.place, agent));
    return method === 'GET' ? ok(agents) : null;
  }
  if (method !== 'DELETE' || path.length > 1) return null;
  if (!store.agents.some(({ id }) => id === Number(path[0]))) return notFound();
  store.removeAgent(Number(path[0]));
  return ok();
}

/** GET `/assignable_agents?inbox_ids[]=`: who sees the conversations of all of these inboxes. */
export function listAssignable(store: ChatwootStore, query: URLSearchParams): ApiAnswer {
  const wanted = query.getAll('inbox_ids[]').map(Number);
  const inboxes = store.inboxes.filter(({ id }) => wanted.includes(id));
  if (inboxes.length < wanted.length) return notFound();
  const may = store.agents.filter((agent) => inboxes.every((inbox) => store.maySee(agent, inbox)));
  return ok({ payload: may.map((agent) => restAgent(store.place, agent)) });
}
