/** Shapes of handing waiting conversations to people. */

export interface AssignmentPlan {
  /** Most urgent first. */
  items: {
    key: string;
    conversationId: number;
    /** Null without the right to read texts. */
    customerName: string | null;
    dueAt: string;
    /** Who has it now. */
    from: string | null;
    agentId: number;
    agentName: string;
    /** It stays with a bot until somebody opens it. */
    pending: boolean;
  }[];
  /** Conversations that none of these people may see in Chatwoot. */
  unseen: number[];
  /** What waits was checked against Chatwoot just now; false: it takes longer, the plan goes by what is known. */
  checked: boolean;
  /** Online ones first. `load` is what they have now, `gets` what they would get. */
  agents: { id: number; name: string; online: boolean; load: number; gets: number }[];
  /** Chosen, but nobody waits there any more. */
  notWaiting: number;
}

export type PlanOutcome =
  | { outcome: 'planned'; plan: AssignmentPlan }
  | { outcome: 'nobody_waits' }
  | { outcome: 'nobody_online'; agents: { id: number; name: string }[] }
  | { outcome: 'agent_unknown' }
  /** Whoever it would be does not see any of these conversations in Chatwoot. */
  | { outcome: 'nobody_may_see'; agents: { id: number; name: string }[] }
  | { outcome: 'not_connected' }
  /** Chatwoot did not say who is there; in words. */
  | { outcome: 'chatwoot_failed'; detail: string };

export type AssignmentItemOutcome = 'assigned' | 'answered_before' | 'gone' | 'failed';

export interface AssignmentRun {
  id: number;
  createdAt: string;
  createdBy: string;
  finishedAt: string | null;
  total: number;
  done: number;
  failed: number;
  items: {
    key: string;
    conversationId: number;
    agentName: string;
    /** Null: still to do. */
    outcome: AssignmentItemOutcome | null;
    detail: string | null;
    url: string | null;
  }[];
}

/** A conversation and who is to have it, as the form of the dry run carries it: `<key>><agent id>`. */
export function parsePair(text: string): { key: string; agentId: number } | null {
  const [, key, agent] = /^(\d{1,15}:\d{1,15})>(\d{1,15})$/.exec(text) ?? [];
  return key && agent ? { key, agentId: Number(agent) } : null;
}

export const pairText = (key: string, agentId: number) => `${key}>${agentId}`;
