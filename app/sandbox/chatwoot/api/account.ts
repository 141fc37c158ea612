import { DRAFT_BOT } from '../invented-customers.ts';
import type { Agent, Bot } from '../records.ts';
import type { ChatwootStore } from '../store/store.ts';
import type { ApiAnswer } from './answer.ts';

/**
 * `suspended`: the account's paths answer 401. `no_api_plan`: a Cloud plan without API, whose paths answer 403 and whose
 * account webhooks stop. `/profile` answers 200 with all of them.
 */
export const ACCOUNT_STATES = ['active', 'suspended', 'no_api_plan'] as const;
export type AccountState = (typeof ACCOUNT_STATES)[number];

const REFUSALS: Record<AccountState, ApiAnswer | null> = {
  active: null,
  suspended: { status: 401, body: { error: 'Account is suspended' } },
  no_api_plan: {
    status: 403,
    body: { error: 'API access is not available on your current plan. Please upgrade to continue.' },
  },
};

export const refusalOf = (state: AccountState): ApiAnswer | null => REFUSALS[state];

export interface Tokens {
  /** Of the first of the team, an administrator until somebody demotes that person. */
  apiToken: string;
  /** Of the second of the team, a plain agent. */
  agentToken: string;
  /** Of the bot that the Agent service writes its drafts as. */
  botToken: string;
}

/** Whom a token belongs to; null when nobody has it, or not any more. */
export function ownerOf(token: unknown, tokens: Tokens, { agents }: ChatwootStore): Agent | Bot | null {
  if (token === tokens.botToken) return DRAFT_BOT;
  if (token === tokens.apiToken) return agents[0] ?? null;
  return token === tokens.agentToken ? (agents[1] ?? null) : null;
}
