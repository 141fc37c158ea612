import { setTimeout as delay } from 'node:timers/promises';
import { createChatwootApi } from './api/api.ts';
import { createChatwootStore, type ChatwootStore } from './store.ts';
import {
  createWebhookSender,
  SUBSCRIBABLE_EVENTS,
  type Webhook,
  type WebhookOutcome,
  type WebhookSender,
} from './webhook-sender.ts';
import type { ChatwootMode, ChatwootServices } from '../control/control-api.ts';
import { sendJson, startHttpServer } from '../http-server.ts';
import { createInboxesApi } from './api/inboxes.ts';
import { outOfOfficeReply } from './out-of-office.ts';
import { seededRandom } from '../random.ts';
import type { Inbox } from './records.ts';
import { createThrottle, type ThrottleLimit } from './throttle.ts';
import { createTraffic, type Traffic } from './traffic.ts';
import { createWebhooksApi } from './api/webhooks.ts';

export interface ChatwootOptions {
  /** A free one when left out. */
  port?: number;
  accountId?: number;
  /** An administrator's access token. */
  apiToken?: string;
  /** The access token of the bot that drafts come from. */
  botToken?: string;
  /** Of the invented customers and their days. */
  seed?: number;
  /** The first ids, so that a later start does not meet the ids of an earlier one; see `idsAfter`. */
  firstIds?: { conversation: number; message: number; contact: number };
  /** Milliseconds until a webhook counts as failed; 5000 as in Chatwoot. */
  webhookTimeoutMs?: number;
  /** Webhooks in flight at once; 10 as in Chatwoot, 1 keeps their order. */
  webhookConcurrency?: number;
  /** Outcomes kept in `webhooks.log`; all when left out. */
  logCap?: number;
  version?: string;
}

export interface Chatwoot {
  url: string;
  accountId: number;
  apiToken: string;
  botToken: string;
  store: ChatwootStore;
  traffic: Traffic;
  /** What was sent and what became of it. */
  webhooks: WebhookSender;
  mode(): ChatwootMode;
  /** `status`: answers that code to everything; `slow`: answers after `slowMs`; `down`: refuses connections. */
  setMode(mode: ChatwootMode, options?: { status?: number; slowMs?: number }): Promise<void>;
  services(): ChatwootServices;
  /** What `/api` says from now on of Redis and the database. */
  setServices(services: ChatwootServices): void;
  /** Limits the API like rack-attack; null ends it. `/health` is exempt. */
  setThrottle(limit: ThrottleLimit | null): void;
  /** Requests that were answered 429. */
  throttledCount(): number;
  stop(): Promise<void>;
}

/** A simulated Chatwoot over real HTTP: the API that the app calls, signed webhooks, customers who write. */
export async function startChatwoot(options: ChatwootOptions = {}): Promise<Chatwoot> {
  const { accountId = 2, apiToken = 'sandbox-user-token', botToken = 'sandbox-bot-token' } = options;
  const { seed = 1, firstIds = { conversation: 401, message: 9001, contact: 201 } } = options;
  const random = seededRandom(seed);
  const place = {
    account: { id: accountId, name: 'Northwind Tools' },
    inbox: { id: 5, name: 'Store chat' },
  };
  let mode: ChatwootMode = 'ok';
  let status = 503;
  let slowMs = 8000;
  let services: ChatwootServices = 'ok';

  const throttle = createThrottle(Date.now);
  const webhooksApi = createWebhooksApi(place);

  /** A message that an API inbox's own webhook did not take becomes failed, and that is announced in turn. */
  function markFailed(hook: Webhook, { conversationId, messageId, reason }: WebhookOutcome) {
    const conversation = store.conversations.get(conversationId ?? -1);
    const message = conversation?.messages.find(({ id }) => id === messageId);
    if (!conversation || !message || conversation.inbox?.id !== -hook.id) return;
    store.setMessageStatus(conversation, message, 'failed', reason ?? 'failed');
  }
  const webhooks = createWebhookSender({
    hooks: () => webhooksApi.hooks(),
    timeoutMs: options.webhookTimeoutMs,
    concurrency: options.webhookConcurrency,
    logCap: options.logCap,
    onFailure: markFailed,
  });
  const store = createChatwootStore({
    place,
    random,
    now: Date.now,
    firstIds,
    autoReply: (conversation) =>
      outOfOfficeReply(inboxes.hoursOf(conversation.inbox ?? place.inbox), conversation, Date.now()),
    announce: (payload, inbox) => webhooks.emit(payload, inbox?.api?.webhookUrl ? [inboxHook(inbox)] : []),
  });
  const inboxes = createInboxesApi(store);
  const traffic = createTraffic({ store, random, running: () => mode !== 'down' });
  const version = options.version ?? '4.15.1';
  const api = createChatwootApi({
    store,
    webhooks: webhooksApi,
    inboxes,
    apiToken,
    botToken,
    version,
    services: () => services,
    now: Date.now,
  });

  const server = await startHttpServer(async (request, response) => {
    if (mode === 'status') {
      request.resume();
      return sendJson(response, status, { error: 'The sandbox was told to answer this.' });
    }
    const throttled = request.url === '/health' ? null : throttle.refuse();
    if (throttled) {
      request.resume();
      const { retryAfter } = throttled;
      if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
      response.writeHead(429, { 'Content-Type': 'text/plain' }).end('Retry later\n');
      return;
    }
    if (mode === 'slow') await delay(slowMs);
    const answer = await api(request);
    if (answer.body === undefined) response.writeHead(answer.status).end();
    else sendJson(response, answer.status, answer.body);
  }, options.port);

  return {
    url: server.url,
    accountId,
    apiToken,
    botToken,
    store,
    traffic,
    webhooks,
    mode: () => mode,
    services: () => services,
    setServices(next) {
      services = next;
    },
    async setMode(next, settings = {}) {
      mode = next;
      status = settings.status ?? 503;
      slowMs = settings.slowMs ?? 8000;
      await (next === 'down' ? server.shut() : server.open());
    },
    setThrottle: (limit) => throttle.set(limit),
    throttledCount: () => throttle.refusedCount(),
    async stop() {
      traffic.stop();
      await server.shut();
      await webhooks.stop();
    },
  };
}

/** An API inbox gets every event of its conversations, unasked. Its hook is no row of the account's webhooks. */
function inboxHook({ id, name, api }: Inbox): Webhook {
  const { webhookUrl: url, secret } = api!;
  return { id: -id, name, url, secret, subscriptions: [...SUBSCRIBABLE_EVENTS] };
}

/** 1 January 2026. */
const IDS_SINCE = 1_767_225_600_000;

/**
 * First ids of a sandbox started at a time (unix milliseconds): above every id of one started earlier, as long as that
 * one made fewer than a conversation and ten messages a second.
 */
export function idsAfter(startedAt: number) {
  const seconds = Math.max(1, Math.floor((startedAt - IDS_SINCE) / 1000));
  return { conversation: seconds, message: seconds * 10, contact: seconds };
}
