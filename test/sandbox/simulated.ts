import { startChatwoot, type Chatwoot, type ChatwootOptions } from '../../app/sandbox/chatwoot/chatwoot.ts';
import {
  SUBSCRIBABLE_EVENTS,
  subscribableEvents,
  createVersion,
} from '../../app/sandbox/chatwoot/version.ts';
import { startReceiver, type Receiver } from './receiver.ts';

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** One request with the administrator's token. @param path from the root; `/accounts/…` below `/api/v1` */
export async function request(
  chatwoot: Chatwoot,
  method: string,
  path: string,
  body?: unknown,
  token: string | null = chatwoot.apiToken,
): Promise<Answer> {
  const response = await fetch(`${chatwoot.url}${path}`, {
    method,
    headers: { ...(token !== null && { api_access_token: token }), 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as unknown) : text,
  };
}

/** As `request`, with a path below `/api/v1/accounts/{a}`. */
export const call = (chatwoot: Chatwoot, method: string, path: string, body?: unknown, token?: string) =>
  request(chatwoot, method, `/api/v1/accounts/${chatwoot.accountId}${path}`, body, token);

export interface Simulated {
  chatwoot: Chatwoot;
  receiver: Receiver;
  events(): string[];
  stop(): Promise<void>;
}

/** A simulated Chatwoot whose webhooks of every kind go to a receiver. */
export async function simulate(
  options: ChatwootOptions = {},
  status: number | null = 200,
): Promise<Simulated> {
  const receiver = await startReceiver(status);
  const chatwoot = await startChatwoot(options);
  const known = options.version ? subscribableEvents(createVersion(options.version)) : SUBSCRIBABLE_EVENTS;
  await call(chatwoot, 'POST', '/webhooks', { url: receiver.url, subscriptions: known });
  return {
    chatwoot,
    receiver,
    events: () => receiver.got.map(({ body }) => (JSON.parse(body) as { event: string }).event),
    async stop() {
      await chatwoot.stop();
      await receiver.stop();
    },
  };
}
