import { type ExactId, compareIds } from '../../../lib/chatwoot/exact-id.ts';
export interface AgentLoad {
  id: ExactId;
  /** Open conversations that the agent has already. */
  load: number;
}

/**
 * Gives each conversation to the agent who has least at that moment, so that all end up with as equal a load as possible
 * and nobody gets all the urgent ones.
 * @param keys most urgent first
 * @param agents who is there; an empty list gives nobody anything
 * @param may whether an agent may have a conversation; one that nobody may have is given to nobody
 */
export function distributeFairly(
  keys: readonly string[],
  agents: readonly AgentLoad[],
  may: (key: string, agentId: ExactId) => boolean = () => true,
): Map<string, ExactId> {
  const given = new Map<string, ExactId>();
  const hands = agents.map(({ id, load }) => ({ id, load, got: 0 }));
  for (const key of keys) {
    const next = hands.reduce<(typeof hands)[number] | null>(
      (least, hand) => (may(key, hand.id) && (least === null || isBefore(hand, least)) ? hand : least),
      null,
    );
    if (!next) continue;
    next.load += 1;
    next.got += 1;
    given.set(key, next.id);
  }
  return given;
}

interface Hand {
  id: ExactId;
  load: number;
  got: number;
}

/** Fewer in all, then fewer of these, then the lower id: the same every time. */
const isBefore = (a: Hand, b: Hand) => (a.load - b.load || a.got - b.got || compareIds(a.id, b.id)) < 0;
