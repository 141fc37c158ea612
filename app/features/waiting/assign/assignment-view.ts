import { compareIds, type ExactId, exactId } from '../../../lib/chatwoot/chatwoot-values.ts';

/** Shapes of handing waiting conversations to people. */

export interface AssignmentPlan {
  /** Most urgent first. */
  items: {
    key: string;
    conversationId: ExactId;
    /** Null without the right to read texts. */
    customerName: string | null;
    dueAt: string;
    /** Who has it now. */
    from: string | null;
    agentId: ExactId;
    agentName: string;
    /** It stays with a bot until somebody opens it. */
    pending: boolean;
  }[];
  /** Conversations that none of these people may see in Chatwoot. */
  unseen: ExactId[];
  /** What waits was checked against Chatwoot just now; false: it takes longer, the plan goes by what is known. */
  checked: boolean;
  /** Online ones first. `load` is what they have now, `gets` what they would get. */
  agents: { id: ExactId; name: string; online: boolean; load: number; gets: number }[];
  /** Chosen, but nobody waits there any more. */
  notWaiting: number;
}

export type PlanOutcome =
  | { outcome: 'planned'; plan: AssignmentPlan }
  | { outcome: 'nobody_waits' }
  | { outcome: 'nobody_online'; agents: { id: ExactId; name: string }[] }
  | { outcome: 'agent_unknown' }
  /** Whoever it would be does not see any of these conversations in Chatwoot. */
  | { outcome: 'nobody_may_see'; agents: { id: ExactId; name: string }[] }
  | { outcome: 'not_connected' }
  /** Chatwoot did not say who is there; in words. */
  | { outcome: 'chatwoot_failed'; detail: string };

export type AssignmentItemOutcome = 'assigned' | 'answered_before' | 'gone' | 'failed' | 'cancelled';

export interface AssignmentRun {
  id: number;
  createdAt: string;
  createdBy: string;
  finishedAt: string | null;
  /** Paused and cancelled by people; what was being handed over then is handed over. */
  state: 'running' | 'paused' | 'cancelled' | 'done';
  /** Conversations a second so far, of one that runs; null: not known yet. */
  perSecond: number | null;
  total: number;
  done: number;
  failed: number;
  items: {
    key: string;
    conversationId: ExactId;
    agentName: string;
    /** Null: still to do. */
    outcome: AssignmentItemOutcome | null;
    detail: string | null;
    url: string | null;
  }[];
}

/** A conversation and who is to have it, as the form of the dry run carries it: `<key>><agent id>`. */
export function parsePair(text: string): { key: string; agentId: ExactId } | null {
  const [, key, agent] = /^(\d{1,19}:\d{1,19})>(\d{1,19})$/.exec(text) ?? [];
  const agentId = exactId(agent);
  return key && agentId !== null ? { key, agentId } : null;
}

export const pairText = (key: string, agentId: ExactId) => `${key}>${agentId}`;

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
