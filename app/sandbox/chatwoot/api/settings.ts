import type { Agent } from '../records.ts';
import type { ChatwootStore } from '../store/store.ts';
import { ok, type ApiAnswer } from './answer.ts';
import { restAgent } from './shapes/people.ts';

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
    handle(method: string, resource: string, body: Fields, caller: Agent): ApiAnswer | null {
      const known = Object.hasOwn(lists, resource) ? lists[resource] : undefined;
      if (known && method === 'GET') return ok(known.list());
      return known?.add && method === 'POST' ? ok(known.add(body, caller)) : null;
    },
  };
}

export type SettingsApi = ReturnType<typeof createSettingsApi>;
