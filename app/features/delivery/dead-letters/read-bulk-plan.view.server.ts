import type { Services } from '../../../lib/services.server.ts';
import { planReplay, type ReplayPlan } from './plan-replay.view.server.ts';
import { filterToParams, selectionFromParams, selectionToParams } from './selection.ts';

/** What the page before a bulk replay or discard shows: what would be done, or why its address is not understood. */
export interface BulkPlan {
  /** Time of reading, UTC. */
  at: string;
  /** Path of the list that the selection was made in. */
  back: string;
  problem: string | null;
  /** Null with a problem. */
  plan: ReplayPlan | null;
  /** Fields of a form that selects the same again. */
  selection: [string, string][];
}

/** @param params `scope` and its fields as in selection.ts */
export async function readBulkPlan(
  services: Services,
  params: URLSearchParams,
  now: Date,
): Promise<BulkPlan> {
  const at = now.toISOString();
  const selection = selectionFromParams(params, now);
  if (!selection.ok)
    return { at, back: '/#dead-letters', problem: selection.problem, plan: null, selection: [] };
  const { value } = selection;
  const filter = 'filter' in value ? filterToParams(value.filter).toString() : '';
  return {
    at,
    back: `/?${filter}#dead-letters`,
    problem: null,
    plan: await planReplay(services, { selection: value, skipAnswered: false }),
    selection: [...selectionToParams(value)],
  };
}
