import type { ChatwootServices } from '../../control/control-api.ts';
import { DRAFT_BOT } from '../invented-customers.ts';
import type { Agent, Bot } from '../records.ts';
import type { ChatwootStore } from '../store/store.ts';
import { type ApiAnswer, SERVER_ERROR } from './answer.ts';

/**
 * `suspended`: the account's paths answer 401. `no_api_plan`: a Cloud plan without API, whose paths answer 403 and whose
 * account webhooks stop. `/profile` answers 200 with all of them.
 */
export type AccountState = 'active' | 'suspended' | 'no_api_plan';

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

/** A Redis that does not answer costs every request that long, ms. */
const REDIS_TIMEOUT_MS = 3000;

const REDIS_REFUSED: ApiAnswer = {
  status: 422,
  body: { error: 'Connection refused - connect(2) for 127.0.0.1:6399 (redis://127.0.0.1:6399)' },
};

/**
 * What a request is answered while a store of Chatwoot's is away, as recorded on 4.15.1. Paths without a token (`/health`,
 * `/api`) do not come here.
 *
 * Database gone: 500, and nothing is done. Redis gone: what is read from the database alone (webhooks, inboxes) works;
 * everything else is 500; **what was to be written is written all the same**, the POST of a message says 422 then, and no
 * webhook ever tells of it. Redis hanging: everything takes 3 s and is 500; that writes are done all the same is an
 * assumption.
 * @param path after `/api/v1/accounts/{a}`, or the whole one of the client API
 * @returns null when it is answered as ever; `act`: whether the request is carried out first
 */
export function troubleWith(
  services: ChatwootServices,
  method: string,
  path: string[],
): { act: boolean; answer: ApiAnswer } | null {
  if (services === 'database_gone') return { act: false, answer: SERVER_ERROR };
  if (services === 'redis_hanging')
    return { act: true, answer: { ...SERVER_ERROR, waitMs: REDIS_TIMEOUT_MS } };
  if (services !== 'redis_gone') return null;
  const readsDatabaseOnly = path[0] === 'webhooks' || (path[0] === 'inboxes' && method === 'GET');
  if (readsDatabaseOnly) return null;
  const isMessage = method === 'POST' && path[0] === 'conversations' && path[2] === 'messages';
  return { act: true, answer: isMessage ? REDIS_REFUSED : SERVER_ERROR };
}
