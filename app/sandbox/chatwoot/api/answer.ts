import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChatwootServices } from '../../control/control-api.ts';
import { DRAFT_BOT } from '../invented-customers.ts';
import type { Agent, Bot } from '../records.ts';
import type { ChatwootStore } from '../store/store.ts';
import { asOf, type Version } from '../version.ts';

/** Answer of one API call; `body` undefined means an empty one. */
export interface ApiAnswer {
  status: number;
  body?: unknown;
  /** A page in place of JSON: Rails' own for what no controller answers. */
  html?: string;
  /** How long it takes, ms. */
  waitMs?: number;
}

export const ok = (body?: unknown): ApiAnswer => ({ status: 200, body });
export const notFound = (): ApiAnswer => ({ status: 404, body: { error: 'Resource could not be found' } });
/** @param attributes which are wrong, as Rails names them */
export const invalid = (message: string, ...attributes: string[]): ApiAnswer => ({
  status: 422,
  body: { message, attributes },
});

/** A token that is right, but not for this. */
export const UNAUTHORIZED: ApiAnswer = {
  status: 401,
  body: { error: 'You are not authorized to do this action' },
};

/** What Rails says when something was raised that nobody rescued. */
export const SERVER_ERROR: ApiAnswer = { status: 500, body: { status: 500, error: 'Internal Server Error' } };

/** A path that no route knows. */
export const NO_SUCH_PATH: ApiAnswer = {
  status: 404,
  html: "<!DOCTYPE html>\n<html><head><title>The page you were looking for doesn't exist (404)</title></head><body></body></html>\n",
};

/** JSON that cannot be read is refused before any controller. */
export const UNREADABLE: ApiAnswer = { status: 400, html: '' };

/** Rack-attack in front: every address counts, but for `/health`. @returns whether it answered */
export function answeredByThrottle(
  throttle: ReturnType<typeof createThrottle>,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (request.url === '/health') return false;
  const limit = throttle.refuse(request.socket.remoteAddress ?? '');
  if (!limit) return false;
  request.resume();
  if (limit.retryAfter !== undefined) response.setHeader('Retry-After', String(limit.retryAfter));
  response.writeHead(429, { 'Content-Type': 'text/plain' }).end('Retry later\n');
  return true;
}

/** Writes an answer as that release does. */
export async function writeAnswer(
  response: ServerResponse,
  { status, body, html, waitMs = 0 }: ApiAnswer,
  version: Version,
): Promise<void> {
  if (waitMs > 0) await delay(waitMs);
  if (response.socket?.destroyed !== false) return;
  if (html !== undefined) {
    response.writeHead(status, { 'Content-Type': 'text/html; charset=UTF-8' }).end(html);
  } else if (body === undefined) {
    response.writeHead(status).end();
  } else {
    response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(asOf(version, body)));
  }
}

export interface ThrottleLimit {
  /** Requests allowed to one IP in each window; the next are answered 429. */
  requests: number;
  windowMs: number;
  /** Seconds in a Retry-After header; Chatwoot sends none by default. */
  retryAfter?: number;
}

/** Counts each address's requests in fixed windows, as rack-attack does in front of the real one. */
export function createThrottle(now: () => number) {
  let limit: ThrottleLimit | null = null;
  let window = 0;
  let refused = 0;
  const inWindow = new Map<string, number>();
  return {
    set(next: ThrottleLimit | null) {
      limit = next;
      window = 0;
      inWindow.clear();
    },
    /** How many requests were answered 429. */
    refusedCount: () => refused,
    /** @returns null when the request may pass */
    refuse(address: string): ThrottleLimit | null {
      if (!limit) return null;
      const current = Math.floor(now() / limit.windowMs);
      if (current !== window) inWindow.clear();
      window = current;
      const count = (inWindow.get(address) ?? 0) + 1;
      inWindow.set(address, count);
      if (count <= limit.requests) return null;
      refused += 1;
      return limit;
    },
  };
}

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
