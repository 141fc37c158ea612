import { setTimeout as delay } from 'node:timers/promises';
import { hasPublicAddress } from './address-filter.ts';
import { createChatwootApi } from './api/api.ts';
import { createInboxesApi } from './api/inboxes.ts';
import type { ChatwootMode, ChatwootServices } from '../control/control-api.ts';
import { sendJson, startHttpServer } from '../http-server.ts';
import { inboxHooks } from './inbox-hooks.ts';
import { outOfOfficeReply } from './out-of-office.ts';
import { lateness } from './overtaking.ts';
import { seededRandom } from '../random.ts';
import { createRegistrations, type Registrations } from './registrations.ts';
import { createChatwootStore, type ChatwootStore } from './store.ts';
import { createThrottle, type ThrottleLimit } from './throttle.ts';
import { createTraffic, type Traffic } from './traffic.ts';
import { asOf, createVersion } from './version.ts';
import {
  createWebhookSender,
  type Webhook,
  type WebhookOutcome,
  type WebhookSender,
} from './webhook-sender.ts';

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
  /** 4.15.1 when left out. */
  version?: string;
  /** Its clock is that much ahead of ours, ms; behind when negative. */
  clockOffsetMs?: number;
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
  /** The account's webhooks: removed, changed or hidden as somebody does it in Chatwoot. */
  registrations: Registrations;
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
  version(): string;
  /** Another release from now on, e.g. `3.16.0`, `4.2.0`, `4.11.0`, `4.15.1`, `4.18.0`. */
  setVersion(version: string): void;
  /** Its clock, unix ms: in `created_at`, the signature's timestamp and the Date of every answer. */
  now(): number;
  /** @param offsetMs how far its clock is ahead of ours; behind when negative */
  setClock(offsetMs: number): void;
  /**
   * Filters webhook addresses in private networks, as 4.14 and later do unless they are told otherwise: nothing is posted and
   * only its own log says so. Earlier releases have no filter.
   */
  setAddressFilter(filters: boolean): void;
  addressFilter(): boolean;
  /** Sends webhooks out of turn, as measured on a running one; false: each in its turn. */
  setOvertaking(overtakes: boolean): void;
  stop(): Promise<void>;
}

/** A simulated Chatwoot over real HTTP: the API that the app calls, signed webhooks, customers who write. */
export async function startChatwoot(options: ChatwootOptions = {}): Promise<Chatwoot> {
  const { accountId = 2, apiToken = 'sandbox-user-token', botToken = 'sandbox-bot-token' } = options;
  const { seed = 1, firstIds = { conversation: 401, message: 9001, contact: 201 } } = options;
  const random = seededRandom(seed);
  const lateRandom = seededRandom(seed);
  const place = {
    account: { id: accountId, name: 'Northwind Tools' },
    inbox: { id: 5, name: 'Store chat' },
  };
  let mode: ChatwootMode = 'ok';
  let status = 503;
  let slowMs = 8000;
  let services: ChatwootServices = 'ok';

  let clockOffsetMs = options.clockOffsetMs ?? 0;
  let filtersAddresses = false;
  const now = () => Date.now() + clockOffsetMs;
  const version = createVersion(options.version ?? '4.15.1');

  const throttle = createThrottle(Date.now);
  const registrations = createRegistrations(place, version);

  /** A message that an API inbox's own webhook did not take becomes failed, and that is announced in turn. */
  function markFailed(hook: Webhook, { conversationId, messageId, reason }: WebhookOutcome) {
    const conversation = store.conversations.get(conversationId ?? -1);
    const message = conversation?.messages.find(({ id }) => id === messageId);
    if (!conversation || !message || hook.of !== 'inbox') return;
    store.setMessageStatus(conversation, message, 'failed', reason ?? 'failed');
  }
  const webhooks = createWebhookSender({
    hooks: () => registrations.hooks(),
    now,
    version,
    timeoutMs: options.webhookTimeoutMs,
    concurrency: options.webhookConcurrency,
    logCap: options.logCap,
    onFailure: markFailed,
    async refuses({ url }) {
      if (!filtersAddresses || !version.atLeast('4.14.0') || (await hasPublicAddress(url))) return null;
      return `${new URL(url).hostname} has no public ip addresses`;
    },
  });
  const store = createChatwootStore({
    place,
    random,
    now,
    firstIds,
    autoReply: (conversation) =>
      outOfOfficeReply(inboxes.hoursOf(conversation.inbox ?? place.inbox), conversation, now()),
    announce: (event, inbox) => webhooks.emit(event, () => inboxHooks(inbox)),
  });
  const inboxes = createInboxesApi(store);
  const traffic = createTraffic({ store, random, running: () => mode !== 'down' });
  const api = createChatwootApi({
    store,
    webhooks: registrations,
    inboxes,
    apiToken,
    botToken,
    version,
    services: () => services,
    now,
  });

  const server = await startHttpServer(async (request, response) => {
    response.setHeader('Date', new Date(now()).toUTCString());
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
    else sendJson(response, answer.status, asOf(version, answer.body));
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
    registrations,
    version: () => version.text(),
    setVersion: (text) => version.set(text),
    now,
    setClock(offsetMs) {
      clockOffsetMs = offsetMs;
    },
    setAddressFilter(filters) {
      filtersAddresses = filters;
    },
    addressFilter: () => filtersAddresses,
    setOvertaking: (overtakes) => webhooks.setDelay(overtakes ? () => lateness(lateRandom) : 0),
    async stop() {
      traffic.stop();
      await server.shut();
      await webhooks.stop();
    },
  };
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
