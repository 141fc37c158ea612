import { openText } from '../../../lib/body-cipher.server.ts';
import type { ChatwootAgent } from '../../../lib/chatwoot/people.server.ts';
import { type ChatwootAnswer, failureWords } from '../../../lib/chatwoot/answer.ts';
import { type ChatwootClient, openChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import { CHATWOOT_AHEAD } from '../../../lib/chatwoot/clock.server.ts';
import { createPace } from '../../../lib/chatwoot/pace.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { forgetAgents } from '../check/check-row.server.ts';
import { tickCheck } from '../check/tick-check.server.ts';
import { distributeFairly, type PlanOutcome } from './assignment-view.ts';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';

/** One form of the plan carries no more than this. */
export const MOST_ASSIGNED_AT_ONCE = 500;

interface Row {
  key: string;
  conversation_id: ExactId;
  customer_name: string | null;
  due_at: Date;
  inbox_id: ExactId | null;
  status: string;
  assignee_id: ExactId | null;
  assignee_name: string | null;
}

/**
 * Dry run: who would get which waiting conversation. Nothing is changed.
 * @param wish.keys those chosen; null: all that no person has, the most urgent 500 of them
 * @param wish.agentId one agent for all, online or not; null: fairly, to everybody online
 * @param wish.withNames whether customers' names may be shown
 */
export async function planAssignment(
  services: Services,
  wish: { keys: readonly string[] | null; agentId: ExactId | null; withNames: boolean },
): Promise<PlanOutcome> {
  const client = openChatwootClient(services);
  if (!client) return { outcome: 'not_connected' };
  const answer = await client.listAgents();
  if (answer.outcome !== 'ok') return { outcome: 'chatwoot_failed', detail: failureWords(answer) };
  const checked = await checkNow(services, client);
  const { pool } = services.db;
  await forgetAgents(pool, answer.value);
  const { rows } = await pool.query<Row>(
    `SELECT key, conversation_id, customer_name, due_at - ${CHATWOOT_AHEAD} AS due_at, inbox_id, status, assignee_id, assignee_name FROM conversations
     WHERE waiting_since IS NOT NULL
       AND (key = ANY($1::text[]) OR ($1::text[] IS NULL AND (assignee_id IS NULL OR assignee_kind = 'bot')))
     ORDER BY conversations.due_at, key LIMIT $2`,
    [wish.keys, MOST_ASSIGNED_AT_ONCE],
  );
  if (rows.length === 0) return { outcome: 'nobody_waits' };
  const assignable = await readAssignable(
    client,
    rows.map((row) => row.inbox_id),
  );
  if (assignable.outcome !== 'ok') return { outcome: 'chatwoot_failed', detail: failureWords(assignable) };
  const loads = await readLoads(services);
  const agents = answer.value
    .filter(({ confirmed }) => confirmed)
    .map((agent) => ({ ...agent, load: loads.get(agent.id) ?? 0 }));
  const able =
    wish.agentId === null ? agents.filter(isOnline) : agents.filter(({ id }) => id === wish.agentId);
  const everybody = agents.map(({ id, name }) => ({ id, name }));
  if (able.length === 0)
    return wish.agentId === null
      ? { outcome: 'nobody_online', agents: everybody }
      : { outcome: 'agent_unknown' };
  const inboxOf = new Map(rows.map((row) => [row.key, row.inbox_id]));
  const given = distributeFairly(
    rows.map(({ key }) => key),
    able,
    (key, agentId) => maySee(assignable.value, inboxOf.get(key) ?? null, agentId),
  );
  if (given.size === 0) return { outcome: 'nobody_may_see', agents: everybody };
  const nameOf = new Map(agents.map(({ id, name }) => [id, name]));
  const keys = services.config.DATA_ENCRYPTION_KEYS;
  return {
    outcome: 'planned',
    plan: {
      items: rows.flatMap((row) => {
        const agentId = given.get(row.key);
        if (agentId === undefined) return [];
        const sealed = wish.withNames ? row.customer_name : null;
        return {
          key: row.key,
          conversationId: row.conversation_id,
          customerName: sealed === null ? null : openText(keys, sealed, row.key),
          dueAt: row.due_at.toISOString(),
          from: row.assignee_id === null ? null : (row.assignee_name ?? `Agent ${row.assignee_id}`),
          agentId,
          agentName: nameOf.get(agentId) ?? `Agent ${agentId}`,
          pending: row.status === 'pending',
        };
      }),
      unseen: rows.filter(({ key }) => !given.has(key)).map((row) => row.conversation_id),
      checked,
      agents: agents
        .map((agent) => ({
          id: agent.id,
          name: agent.name,
          online: isOnline(agent),
          load: agent.load,
          gets: [...given.values()].filter((id) => id === agent.id).length,
        }))
        .sort((a, b) => Number(b.online) - Number(a.online) || a.name.localeCompare(b.name)),
      notWaiting: wish.keys ? wish.keys.length - rows.length : 0,
    },
  };
}

/** A page does not wait longer than this for the check of what waits; a large one goes on in the background. */
const CHECK_FOR_MS = 4000;
/** A check as young as this is as good as one now. */
const CHECKED_MS = 60_000;

/** Checks what waits against Chatwoot's list, as far as that can be done while somebody waits for the plan. */
async function checkNow(services: Services, client: ChatwootClient): Promise<boolean> {
  const pace = createPace();
  const endsAt = performance.now() + CHECK_FOR_MS;
  const now = services.db.clock.now();
  while (performance.now() < endsAt && (await tickCheck({ services, client, pace, now }, CHECKED_MS)));
  const { rows } = await services.db.pool.query<{ done: boolean }>(
    'SELECT NOT EXISTS (SELECT FROM backlog_checks WHERE finished_at IS NULL) AS done',
  );
  return rows[0]!.done;
}

const isOnline = ({ availability }: ChatwootAgent) => availability === 'online';

/** Open conversations of each person now. */
async function readLoads({ db }: Services): Promise<Map<ExactId, number>> {
  const { rows } = await db.pool.query<{ id: ExactId; n: number }>(
    `SELECT assignee_id AS id, count(*) AS n FROM conversations
     WHERE assignee_kind = 'agent' AND assignee_id IS NOT NULL AND status IN ('open', 'pending') GROUP BY 1`,
  );
  return new Map(rows.map(({ id, n }) => [id, n]));
}

/** Who may see the conversations of an inbox, by its number; of one that is not known, or is gone, nobody. */
export type Assignable = ReadonlyMap<ExactId, ReadonlySet<ExactId>>;

/**
 * Asks Chatwoot for each inbox who may see its conversations. One by one: asked for several at once it names only those who
 * see all of them.
 */
export async function readAssignable(
  client: Pick<ChatwootClient, 'listAssignableAgents'>,
  inboxIds: readonly (ExactId | null)[],
): Promise<ChatwootAnswer<Assignable>> {
  const assignable = new Map<ExactId, ReadonlySet<ExactId>>();
  for (const inboxId of new Set(inboxIds)) {
    if (inboxId === null) continue;
    const answer = await client.listAssignableAgents(inboxId);
    if (answer.outcome === 'ok') assignable.set(inboxId, new Set(answer.value.map(({ id }) => id)));
    else if (answer.outcome !== 'not_found') return answer;
  }
  return { outcome: 'ok', value: assignable };
}

export const maySee = (assignable: Assignable, inboxId: ExactId | null, agentId: ExactId): boolean =>
  inboxId !== null && (assignable.get(inboxId)?.has(agentId) ?? false);
