import type { Services } from '../../../lib/services.server.ts';
import {
  fromDeadLetters,
  OF_SINCE,
  selectionCondition,
  SINCE,
} from '../dead-letters/selection-sql.server.ts';
import {
  filterToParams,
  type Selection,
  selectionFromParams,
  selectionToParams,
} from '../dead-letters/selection.ts';
import {
  type FreshRefusals,
  stillRejects,
  freshRefusalsOf,
  type FreshRefusalsRow,
  freshRefusalsSql,
} from '../fresh-refusals.ts';
import type { Pool, PoolClient } from 'pg';
import type { ReplayPlan } from './replay-form.ts';

/** Entries a second of a bulk replay unless told otherwise: 10,000 take 200 s, and live traffic keeps its room. */
export const DEFAULT_RATE = 50;

const SHOWN = 10;

/** Dry run of a replay: reads only. */
export async function planReplay(
  services: Services,
  request: { selection: Selection; ratePerSecond?: number | null; skipAnswered: boolean },
): Promise<ReplayPlan> {
  const condition = selectionCondition(request.selection, 2);
  const [{ rows }, refusals] = await Promise.all([
    services.db.pool.query<PlanRow>(
      `WITH matching AS MATERIALIZED (
       SELECT d.seq, d.conversation_key, d.conversation_began, d.conversation_id, d.dead_fact_id, d.event, d.received_at, d.replay_id
       FROM ${fromDeadLetters(condition)} WHERE d.state = 'dead' AND ${condition.text}
     ), picked AS MATERIALIZED (
       SELECT * FROM matching WHERE replay_id IS NULL
     ), ${SINCE}, judged AS MATERIALIZED (
       SELECT p.*, COALESCE(s.answered > p.seq, false) AS answered, COALESCE(s.resolved > p.seq, false) AS resolved,
         COALESCE(s.delivered > p.seq, false) AS newer
       FROM picked p LEFT JOIN since s ON ${OF_SINCE}
     ), shown AS (
       SELECT j.dead_fact_id AS id, j.event, j.conversation_id AS conversation, f.metadata->>'cause' AS cause,
         j.received_at AS "receivedAt", j.answered AS "answeredSince"
       FROM judged j JOIN dashboard_facts f ON f.id = j.dead_fact_id ORDER BY j.seq LIMIT $1
     ), largest AS (
       SELECT COALESCE(min(conversation_id), conversation_key) AS conversation, count(*) AS count
       FROM picked GROUP BY conversation_key ORDER BY count(*) DESC, conversation_key LIMIT $1
     )
     SELECT count(*) AS count, count(DISTINCT conversation_key) AS conversations,
       (SELECT count(*) FROM matching WHERE replay_id IS NOT NULL) AS in_other_replay,
       count(*) FILTER (WHERE answered) AS answered, count(*) FILTER (WHERE resolved) AS resolved,
       count(*) FILTER (WHERE newer) AS newer, count(*) FILTER (WHERE answered OR resolved OR newer) AS any_stale,
       (SELECT COALESCE(json_agg(shown), '[]') FROM shown) AS sample,
       (SELECT COALESCE(json_agg(largest), '[]') FROM largest) AS largest
     FROM judged`,
      [SHOWN, ...condition.values],
    ),
    readFreshRefusals(services.db.pool, services.db.clock.now()),
  ]);
  return planOf(rows[0]!, refusals, request);
}

interface PlanRow {
  count: number;
  conversations: number;
  in_other_replay: number;
  answered: number;
  resolved: number;
  newer: number;
  any_stale: number;
  sample: (Omit<ReplayPlan['sample'][number], 'receivedAt'> & { receivedAt: string })[];
  largest: ReplayPlan['largestConversations'];
}

function planOf(
  row: PlanRow,
  refusals: FreshRefusals,
  request: { ratePerSecond?: number | null; skipAnswered: boolean },
): ReplayPlan {
  const wouldSkip = request.skipAnswered ? row.answered : 0;
  const sent = row.count - wouldSkip;
  const standard = row.count > 1 ? DEFAULT_RATE : null;
  const rate = request.ratePerSecond === undefined ? standard : request.ratePerSecond;
  return {
    count: row.count,
    inOtherReplay: row.in_other_replay,
    conversations: row.conversations,
    stale: {
      answered: row.answered,
      resolved: row.resolved,
      newerDelivered: row.newer,
      any: row.any_stale,
    },
    wouldSkip,
    ratePerSecond: rate,
    rejectedLately: stillRejects(refusals) ? refusals.refused : 0,
    estimatedSeconds: rate === null ? null : Math.ceil(sent / rate),
    sample: row.sample.map((entry) => ({ ...entry, receivedAt: new Date(entry.receivedAt) })),
    largestConversations: row.largest,
  };
}

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
    return { at, back: '/delivery#dead-letters', problem: selection.problem, plan: null, selection: [] };
  const { value } = selection;
  const filter = 'filter' in value ? filterToParams(value.filter).toString() : '';
  return {
    at,
    back: `/delivery?${filter}#dead-letters`,
    problem: null,
    plan: await planReplay(services, { selection: value, skipAnswered: true }),
    selection: [...selectionToParams(value)],
  };
}

/** What the Agent service has refused for good within the 10 minutes before `now`, and taken since. */
export async function readFreshRefusals(db: Pool | PoolClient, now: Date): Promise<FreshRefusals> {
  const { rows } = await db.query<FreshRefusalsRow>(freshRefusalsSql('$1'), [now]);
  return freshRefusalsOf(rows[0]!);
}
