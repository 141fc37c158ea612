/** What an API call came to; only `ok` carries what was asked for. */
export type ChatwootAnswer<T> =
  | { outcome: 'ok'; value: T }
  /** 401: the token is wrong, or its user may not do this (Chatwoot answers both alike). */
  | { outcome: 'unauthorized' }
  /** 403: on Chatwoot Cloud, a paid feature. */
  | { outcome: 'forbidden' }
  | { outcome: 'not_found' }
  /** 422, with Chatwoot's own words. */
  | { outcome: 'invalid'; detail: string }
  | { outcome: 'redirected'; to: string }
  /** No usable answer: network, timeout, 5xx, or not Chatwoot at all. */
  | { outcome: 'unreachable'; detail: string };

export interface ChatwootWebhook {
  id: number;
  url: string;
  subscriptions: string[];
  /** Chatwoot 4.12 and later, shown to administrators; null otherwise. */
  secret: string | null;
}

export interface ChatwootClient {
  /** Version by `/api`, without a token; null when it does not say. */
  version(): Promise<ChatwootAnswer<string | null>>;
  listWebhooks(): Promise<ChatwootAnswer<ChatwootWebhook[]>>;
  createWebhook(webhook: { url: string; subscriptions: string[] }): Promise<ChatwootAnswer<ChatwootWebhook>>;
  updateWebhook(
    id: number,
    webhook: { url: string; subscriptions: string[] },
  ): Promise<ChatwootAnswer<ChatwootWebhook>>;
}

const TIMEOUT_MS = 10_000;

/** Chatwoot's HTTP API, as far as the app uses it, with a user's access token. */
export function createChatwootClient(options: {
  baseUrl: string;
  accountId: string;
  apiToken: string;
  timeoutMs?: number;
}): ChatwootClient {
  const { baseUrl, accountId, apiToken, timeoutMs = TIMEOUT_MS } = options;
  const webhooks = `/api/v1/accounts/${accountId}/webhooks`;
  const call = (method: string, path: string, body?: object) =>
    send(`${baseUrl}${path}`, {
      method,
      headers: {
        Accept: 'application/json',
        ...(path.startsWith('/api/v1/') && { api_access_token: apiToken }),
        ...(body && { 'Content-Type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      // A redirect to another host would carry the token along: fetch only drops Authorization.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
  return {
    async version() {
      const answer = await call('GET', '/api');
      return mapped(answer, (json) => textOf(fieldOf(json, 'version')));
    },
    async listWebhooks() {
      const answer = await call('GET', webhooks);
      // The code answers with a wrapper, the documentation says a bare array.
      return mapped(answer, (json) => {
        const list = Array.isArray(json) ? json : fieldOf(fieldOf(json, 'payload'), 'webhooks');
        return Array.isArray(list) ? list.flatMap((one) => webhookOf(one) ?? []) : undefined;
      });
    },
    async createWebhook(webhook) {
      return mapped(await call('POST', webhooks, webhook), wrappedWebhook);
    },
    async updateWebhook(id, webhook) {
      return mapped(await call('PATCH', `${webhooks}/${id}`, webhook), wrappedWebhook);
    },
  };
}

async function send(url: string, init: RequestInit): Promise<ChatwootAnswer<unknown>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, init);
    text = await response.text();
  } catch (error) {
    return { outcome: 'unreachable', detail: reasonOf(error) };
  }
  const json = parsed(text);
  if (response.status >= 300 && response.status < 400)
    return { outcome: 'redirected', to: originOf(response.headers.get('Location'), url) };
  switch (response.status) {
    case 401:
      return { outcome: 'unauthorized' };
    case 403:
      return { outcome: 'forbidden' };
    case 404:
      return { outcome: 'not_found' };
    case 422:
      return {
        outcome: 'invalid',
        detail: textOf(fieldOf(json, 'message') ?? fieldOf(json, 'error')) ?? 'no reason given',
      };
    default:
      return response.ok
        ? { outcome: 'ok', value: json }
        : { outcome: 'unreachable', detail: `it answered ${response.status}` };
  }
}

/** @param read undefined when the answer is not of the expected shape */
function mapped<T>(
  answer: ChatwootAnswer<unknown>,
  read: (json: unknown) => T | undefined,
): ChatwootAnswer<T> {
  if (answer.outcome !== 'ok') return answer;
  const value = read(answer.value);
  return value === undefined
    ? { outcome: 'unreachable', detail: 'its answer is not the one of a Chatwoot' }
    : { outcome: 'ok', value };
}

function wrappedWebhook(json: unknown): ChatwootWebhook | undefined {
  return webhookOf(fieldOf(fieldOf(json, 'payload'), 'webhook'));
}

function webhookOf(json: unknown): ChatwootWebhook | undefined {
  const id = fieldOf(json, 'id');
  const url = fieldOf(json, 'url');
  const subscriptions = fieldOf(json, 'subscriptions');
  if (typeof id !== 'number' || typeof url !== 'string') return undefined;
  return {
    id,
    url,
    subscriptions: Array.isArray(subscriptions) ? subscriptions.map(String) : [],
    secret: textOf(fieldOf(json, 'secret')) || null,
  };
}

function fieldOf(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>)[name] : undefined;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : null);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function originOf(location: string | null, base: string): string {
  return location && URL.canParse(location, base) ? new URL(location, base).origin : 'somewhere else';
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time';
  // fetch says "fetch failed" and keeps the reason in the cause.
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return textOf(fieldOf(cause, 'code')) ?? textOf(fieldOf(cause, 'message')) ?? String(cause);
}
