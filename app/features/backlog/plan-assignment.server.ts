import { openText } from '../../lib/body-cipher.server.ts';
import type { ChatwootAgent } from '../../lib/chatwoot/agents.server.ts';
import { failureWords } from '../../lib/chatwoot/answer.ts';
import type { Services } from '../../lib/services.server.ts';
import { distributeFairly } from './distribute-fairly.ts';
import type { PlanOutcome } from './assignment-view.ts';
import { openChatwootClient } from './open-client.server.ts';

/** One form of the plan carries no more than this. */
export const MOST_AT_ONCE = 500;

interface Row {
  key: string;
  conversation_id: number;
  customer_name: string | null;
  due_at: Date;
  assignee_id: number | null;
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
  wish: { keys: readonly string[] | null; agentId: number | null; withNames: boolean },
): Promise<PlanOutcome> {
  const client = openChatwootClient(services);
  if (!client) return { outcome: 'not_connected' };
  const { pool } = services.db;
  const { rows } = await pool.query<Row>(
    `SELECT key, conversation_id, customer_name, due_at, assignee_id, assignee_name FROM conversations
     WHERE waiting_since IS NOT NULL
       AND (key = ANY($1::text[]) OR ($1::text[] IS NULL AND (assignee_id IS NULL OR assignee_kind = 'bot')))
     ORDER BY due_at, key LIMIT $2`,
    [wish.keys, MOST_AT_ONCE],
  );
  if (rows.length === 0) return { outcome: 'nobody_waits' };
  const answer = await client.listAgents();
  if (answer.outcome !== 'ok') return { outcome: 'chatwoot_failed', detail: failureWords(answer) };
  const loads = await readLoads(services);
  const agents = answer.value
    .filter(({ confirmed }) => confirmed)
    .map((agent) => ({ ...agent, load: loads.get(agent.id) ?? 0 }));
  const able =
    wish.agentId === null ? agents.filter(isOnline) : agents.filter(({ id }) => id === wish.agentId);
  if (able.length === 0)
    return wish.agentId === null
      ? { outcome: 'nobody_online', agents: agents.map(({ id, name }) => ({ id, name })) }
      : { outcome: 'agent_unknown' };
  const given = distributeFairly(
    rows.map(({ key }) => key),
    able,
  );
  const nameOf = new Map(agents.map(({ id, name }) => [id, name]));
  const keys = services.config.DATA_ENCRYPTION_KEYS;
  return {
    outcome: 'planned',
    plan: {
      items: rows.map((row) => {
        const agentId = given.get(row.key)!;
        const sealed = wish.withNames ? row.customer_name : null;
        return {
          key: row.key,
          conversationId: row.conversation_id,
          customerName: sealed === null ? null : openText(keys, sealed, row.key),
          dueAt: row.due_at.toISOString(),
          from: row.assignee_id === null ? null : (row.assignee_name ?? `Agent ${row.assignee_id}`),
          agentId,
          agentName: nameOf.get(agentId) ?? `Agent ${agentId}`,
        };
      }),
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

const isOnline = ({ availability }: ChatwootAgent) => availability === 'online';

/** Open conversations of each person now. */
async function readLoads({ db }: Services): Promise<Map<number, number>> {
  const { rows } = await db.pool.query<{ id: number; n: number }>(
    `SELECT assignee_id AS id, count(*) AS n FROM conversations
     WHERE assignee_kind = 'agent' AND status IN ('open', 'pending') GROUP BY 1`,
  );
  return new Map(rows.map(({ id, n }) => [id, n]));
}
