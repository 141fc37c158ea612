import type { IncomingMessage } from 'node:http';
import { notFound, ok, UNAUTHORIZED, type ApiAnswer } from './answer.ts';
import type { ChatwootServices } from '../../control/control-api.ts';
import type { ChatwootStore } from '../store.ts';
import { answerHealth } from './health.ts';
import { answerClient } from './client.ts';
import { answerContacts } from './contacts.ts';
import { answerConversations } from './conversations.ts';
import { parseJsonObject, readBody } from '../../http-server.ts';
import type { InboxesApi } from './inboxes.ts';
import { DRAFT_BOT } from '../invented-customers.ts';
import { restAgent, restProfile } from './rest-shapes.ts';
import type { Registrations } from '../registrations.ts';
import type { Version } from '../version.ts';

export interface ChatwootApiOptions {
  store: ChatwootStore;
  webhooks: Registrations;
  inboxes: InboxesApi;
  /** Of an administrator. */
  apiToken: string;
  /** Of the bot that the Agent service writes its drafts as. */
  botToken: string;
  version: Version;
  services: () => ChatwootServices;
  now: () => number;
}

const WRONG_TOKEN: ApiAnswer = { status: 401, body: { error: 'Invalid Access Token' } };

const BAD_REQUEST: ApiAnswer = { status: 400, body: { status: 400, error: 'Bad Request' } };

/** The parts of Chatwoot's HTTP API that the app and the Agent service call. */
export function createChatwootApi(options: ChatwootApiOptions) {
  const { store, webhooks, inboxes, apiToken, botToken, version, services, now } = options;
  const { place } = store;
  const administrator = store.agents[0]!;

  function answerAccount(
    request: { method: string; path: string[]; query: URLSearchParams; body: Record<string, unknown> },
    caller: typeof administrator | typeof DRAFT_BOT,
  ): ApiAnswer {
    const { method, path, query, body } = request;
    const [resource, ...rest] = path;
    if (resource === 'conversations') {
      const call = { method, path: rest, query, body, caller, now: now() };
      return answerConversations(store, call) ?? notFound();
    }
    if (caller.kind === 'bot') return UNAUTHORIZED;
    if (resource === 'webhooks' && rest.length <= 1) {
      return webhooks.handle(method, rest[0] === undefined ? null : Number(rest[0]), body) ?? notFound();
    }
    if (resource === 'inboxes' && rest.length <= 1) {
      return inboxes.handle(method, rest[0] === undefined ? null : Number(rest[0]), body) ?? notFound();
    }
    if (resource === 'contacts')
      return answerContacts(store, { method, path: rest, query, body }) ?? notFound();
    if (method === 'GET' && rest.length === 0) {
      if (resource === 'agents') return ok(store.agents.map((agent) => restAgent(place, agent)));
    }
    return notFound();
  }

  /** Answers one request, as long as Chatwoot works. */
  return async function answer(request: IncomingMessage): Promise<ApiAnswer> {
    const method = request.method ?? 'GET';
    const url = new URL(request.url ?? '/', 'http://sandbox');
    const raw = await readBody(request);
    const health = answerHealth(url.pathname, { version, services: services(), now: now() });
    if (health && (method === 'GET' || method === 'HEAD')) return health;
    const path = url.pathname.split('/').filter(Boolean);
    const body = parseJsonObject(raw);
    if (path.slice(0, 4).join('/') === 'public/api/v1/inboxes')
      return body ? answerClient(store, { method, path: path.slice(4), body }) : BAD_REQUEST;
    if (path[0] !== 'api' || path[1] !== 'v1') return notFound();

    const token = request.headers.api_access_token;
    const isBot = token === botToken;
    if (token !== apiToken && !isBot) return WRONG_TOKEN;
    if (path[2] === 'profile' && method === 'GET') {
      return isBot ? UNAUTHORIZED : ok(restProfile(place, administrator, apiToken));
    }
    if (path[2] !== 'accounts') return notFound();
    if (Number(path[3]) !== place.account.id) return UNAUTHORIZED;
    if (!body) return BAD_REQUEST;
    const caller = isBot ? DRAFT_BOT : administrator;
    return answerAccount({ method, path: path.slice(4), query: url.searchParams, body }, caller);
  };
}
