import { mapped, type ChatwootAnswer } from './answer.ts';
import type { ChatwootCall } from './call.server.ts';
import { fieldOf, isRecord, listOf, numberOf, textOf } from '../json.ts';
import { type ExactId, exactId } from './exact-id.ts';

export interface ChatwootAgent {
  id: ExactId;
  name: string;
  availability: 'online' | 'busy' | 'offline';
  /** Has accepted the invitation. */
  confirmed: boolean;
}

/** Thresholds in seconds; null where the policy says nothing. */
interface ChatwootSlaPolicy {
  id: ExactId;
  name: string;
  firstResponseSeconds: number | null;
  nextResponseSeconds: number | null;
  onlyDuringBusinessHours: boolean;
}

export interface AgentCalls {
  listAgents(): Promise<ChatwootAnswer<ChatwootAgent[]>>;
  /** Who sees the conversations of an inbox: its members, and administrators. `not_found`: no such inbox. */
  listAssignableAgents(inboxId: ExactId): Promise<ChatwootAnswer<ChatwootAgent[]>>;
  /** Enterprise with the account feature `sla` only: `unauthorized`, `forbidden` and `not_found` mean that there are none. */
  listSlaPolicies(): Promise<ChatwootAnswer<ChatwootSlaPolicy[]>>;
}

export function agentCalls(call: ChatwootCall, account: string): AgentCalls {
  return {
    async listAgents() {
      return mapped(await call('GET', `${account}/agents`), (json) => listOf(json, agentOf));
    },
    async listAssignableAgents(inboxId) {
      const query = new URLSearchParams({ 'inbox_ids[]': String(inboxId) });
      const answer = await call('GET', `${account}/assignable_agents?${query}`);
      return mapped(answer, (json) => listOf(fieldOf(json, 'payload'), agentOf));
    },
    async listSlaPolicies() {
      const answer = await call('GET', `${account}/sla_policies`);
      return mapped(answer, (json) => listOf(fieldOf(json, 'payload'), policyOf));
    },
  };
}

function agentOf(json: unknown): ChatwootAgent | undefined {
  if (!isRecord(json)) return undefined;
  const id = exactId(json.id);
  if (id === null) return undefined;
  const availability = textOf(json.availability_status);
  return {
    id,
    name: textOf(json.available_name) || textOf(json.name) || `Agent ${id}`,
    availability: availability === 'online' || availability === 'busy' ? availability : 'offline',
    confirmed: json.confirmed !== false,
  };
}

function policyOf(json: unknown): ChatwootSlaPolicy | undefined {
  if (!isRecord(json)) return undefined;
  const id = exactId(json.id);
  if (id === null) return undefined;
  return {
    id,
    name: textOf(json.name) ?? '',
    firstResponseSeconds: numberOf(json.first_response_time_threshold),
    nextResponseSeconds: numberOf(json.next_response_time_threshold),
    onlyDuringBusinessHours: json.only_during_business_hours === true,
  };
}
