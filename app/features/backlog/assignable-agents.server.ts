import type { ChatwootClient } from '../../lib/chatwoot-client.server.ts';
import type { ChatwootAnswer } from '../../lib/chatwoot/answer.ts';

/** Who may see the conversations of an inbox, by its number; of one that is not known, or is gone, nobody. */
export type Assignable = ReadonlyMap<number, ReadonlySet<number>>;

/**
 * Asks Chatwoot for each inbox who may see its conversations. One by one: asked for several at once it names only those who
 * see all of them.
 */
export async function readAssignable(
  client: Pick<ChatwootClient, 'listAssignableAgents'>,
  inboxIds: readonly (number | null)[],
): Promise<ChatwootAnswer<Assignable>> {
  const assignable = new Map<number, ReadonlySet<number>>();
  for (const inboxId of new Set(inboxIds)) {
    if (inboxId === null) continue;
    const answer = await client.listAssignableAgents(inboxId);
    if (answer.outcome === 'ok') assignable.set(inboxId, new Set(answer.value.map(({ id }) => id)));
    else if (answer.outcome !== 'not_found') return answer;
  }
  return { outcome: 'ok', value: assignable };
}

export const maySee = (assignable: Assignable, inboxId: number | null, agentId: number): boolean =>
  inboxId !== null && (assignable.get(inboxId)?.has(agentId) ?? false);
