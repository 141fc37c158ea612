import type { IncomingMessage } from 'node:http';
import type { ChatwootServices } from '../../control/control-api.ts';
import { parseJsonObject, readBody } from '../../sandbox-server.ts';
import type { ListSettings } from '../conditions.ts';
import type { Agent, Bot } from '../records.ts';
import type { ChatwootStore } from '../store/store.ts';
import type { Version } from '../version.ts';
import type { Registrations } from '../webhooks/registrations.ts';
import {
  type AccountState,
  type ApiAnswer,
  NO_SUCH_PATH,
  ok,
  ownerOf,
  refusalOf,
  SERVER_ERROR,
  type Tokens,
  troubleWith,
  UNAUTHORIZED,
  UNREADABLE,
} from './answer.ts';
import { answerClient } from './client.ts';
import { answerContacts } from './contacts.ts';
import { summarize } from './conversation-list.ts';
import { answerConversations } from './conversations.ts';
import type { InboxesApi } from './inboxes.ts';
import { answerAgents, listAssignable, type SettingsApi } from './settings.ts';
import { restProfile } from './shapes/conversation.ts';

export interface ChatwootApiOptions {
  store: ChatwootStore;
  webhooks: Registrations;
  inboxes: InboxesApi;
  settings: SettingsApi;
  tokens: Tokens;
  version: Version;
  lists: () => ListSettings;
  services: () => ChatwootServices;
  /** Whether the next look at the database meets a connection that was not used before. */
  meetsIdleConnection: () => boolean;
  account: () => AccountState;
  now: () => number;
}

const NO_TOKEN: ApiAnswer = {
  status: 401,
  body: { errors: ['You need to sign in or sign up before continuing.'] },
};
const WRONG_TOKEN: ApiAnswer = { status: 401, body: { error: 'Invalid Access Token' } };
const OTHER_ACCOUNT: ApiAnswer = {
  status: 401,
  body: { error: 'You are not authorized to access this account' },
};

interface AccountCall {
  method: string;
  /** Path after the account's id. */
  path: string[];
  query: URLSearchParams;
  body: Record<string, unknown>;
}

/** The parts of Chatwoot's HTTP API that the app and the Agent service call. */
export function createChatwootApi(options: ChatwootApiOptions) {
  const { store, webhooks, inboxes, settings, tokens, version, lists, services, account, now } = options;
  const { place } = store;

  function answerAccount({ method, path, query, body }: AccountCall, caller: Agent | Bot): ApiAnswer | null {
    const [resource = '', ...rest] = path;
    if (resource === 'conversations') {
      const call = { method, path: rest, query, body, caller, now: now(), lists: lists(), version };
      return answerConversations(store, call);
    }
    if (caller.kind === 'bot') return UNAUTHORIZED;
    const id = rest[0] === undefined ? null : Number(rest[0]);
    if (resource === 'webhooks' && rest.length <= 1)
      return caller.role === 'administrator' ? webhooks.handle(method, id, body) : UNAUTHORIZED;
    if (resource === 'inboxes' && rest.length <= 1) return inboxes.handle(method, id, body, caller);
    if (resource === 'contacts') return answerContacts(store, { method, path: rest, query, body });
    if (resource === 'agents')
      return method === 'GET' || caller.role === 'administrator'
        ? answerAgents(store, method, rest)
        : UNAUTHORIZED;
    if (resource === 'assignable_agents' && method === 'GET') return listAssignable(store, query);
    return rest.length <= 1 ? settings.handle(method, path, body, caller) : null;
  }

  /** Whom it is for, and whether it may be done at all. */
  function answerWithToken(path: string[], token: string | undefined, call: AccountCall): ApiAnswer {
    const [, version, scope, accountId] = path;
    const isProfile = scope === 'profile' && path.length === 3;
    if (scope !== 'accounts' && !isProfile) return NO_SUCH_PATH;
    if (token === undefined) return NO_TOKEN;
    const caller = ownerOf(token, tokens, store);
    if (!caller) return WRONG_TOKEN;
    if (isProfile) {
      if (caller.kind === 'bot') return UNAUTHORIZED;
      const status = account() === 'suspended' ? 'suspended' : 'active';
      return ok(restProfile(place, caller, token, status));
    }
    if (Number(accountId) !== place.account.id) return OTHER_ACCOUNT;
    const refusal = refusalOf(account());
    if (refusal) return refusal;
    if (version === 'v2') {
      if (call.path.join('/') !== 'reports/summary') return NO_SUCH_PATH;
      const isAdministrator = caller.kind === 'agent' && caller.role === 'administrator';
      return isAdministrator ? summarize(store, call.query) : UNAUTHORIZED;
    }
    return answerAccount(call, caller) ?? NO_SUCH_PATH;
  }

  /** Answers one request, as long as Chatwoot works. */
  return async function answer(request: IncomingMessage): Promise<ApiAnswer> {
    const method = request.method ?? 'GET';
    const url = new URL(request.url ?? '/', 'http://sandbox');
    const raw = await readBody(request);
    const reads = method === 'GET' || method === 'HEAD';
    const health = reads
      ? answerHealth(url.pathname, { ...options, services: services(), now: now() })
      : null;
    if (health) return health;

    const path = url.pathname.split('/').filter(Boolean);
    const isClient = path.slice(0, 4).join('/') === 'public/api/v1/inboxes';
    const isApi = path[0] === 'api' && (path[1] === 'v1' || path[1] === 'v2');
    if (!isClient && !isApi) return NO_SUCH_PATH;
    const body = parseJsonObject(raw);
    if (!body) return UNREADABLE;

    const inside = path.slice(4);
    const act = () =>
      isClient
        ? answerClient(store, { method, path: inside, body })
        : answerWithToken(path, request.headers.api_access_token?.toString(), {
            method,
            path: inside,
            query: url.searchParams,
            body,
          });
    const trouble = troubleWith(services(), method, isClient ? path : inside);
    if (!trouble) return act();
    const answered = trouble.act ? act() : null;
    // Who has no business here, or asks for what is not there, is told so first.
    return answered && answered.status !== 200 ? answered : trouble.answer;
  };
}

interface HealthView {
  version: Version;
  services: ChatwootServices;
  meetsIdleConnection: () => boolean;
  now: number;
}

/**
 * What Chatwoot says of itself without a token: `/health` since 4.11, which looks at nothing, and `/api`, which answers
 * 200 also while its Redis refuses or its database is gone. `/rails/health` and `/up` do not exist.
 * @returns null for every other path
 */
function answerHealth(pathname: string, view: HealthView): ApiAnswer | null {
  const { version, services, now } = view;
  if (pathname === '/health') return version.atLeast('4.11.0') ? ok({ status: 'woot' }) : NO_SUCH_PATH;
  if (pathname !== '/api') return null;
  if (services === 'redis_hanging') return { ...SERVER_ERROR, waitMs: 3000 };
  const queueFails = services === 'queue_failing' || services === 'redis_gone';
  const dataFail = services === 'data_failing' || services === 'database_gone' || view.meetsIdleConnection();
  return ok({
    version: version.text(),
    timestamp: new Date(now).toISOString().slice(0, 19).replace('T', ' '),
    queue_services: queueFails ? 'failing' : 'ok',
    data_services: dataFail ? 'failing' : 'ok',
  });
}
