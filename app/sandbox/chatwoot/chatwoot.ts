import { setTimeout as delay } from 'node:timers/promises';
import type { ChatwootMode } from '../control/control-api.ts';
import { sendJson, startHttpServer } from '../sandbox-server.ts';
import { seededRandom } from '../random.ts';
import {
  createWebhookSender,
  hasPublicAddress,
  lateness,
  type Webhook,
  type WebhookOutcome,
  type WebhookSender,
} from './webhooks/webhook-sender.ts';
import { answeredByThrottle, type Tokens, writeAnswer } from './api/answer.ts';
import { createChatwootApi } from './api/api.ts';
import { createInboxesApi } from './api/inboxes.ts';
import { createSettingsApi, type SlaPolicy } from './api/settings.ts';
import { createConditions, type Conditions } from './conditions.ts';
import { answeredByPage } from './conversation-page.ts';
import { createRegistrations, hooksOfInbox, type Registrations } from './webhooks/registrations.ts';
import { outOfOfficeReply } from './api/shapes/inbox.ts';
import type { Agent } from './records.ts';
import { createChatwootStore, type ChatwootStore } from './store/store.ts';
import { createTraffic, type Traffic } from './traffic.ts';

export { idsAfter } from './store/store.ts';

export interface ChatwootOptions {
  /** A free one when left out. */
  port?: number;
  accountId?: number;
  /** An administrator's access token. */
  apiToken?: string;
  /** The access token of a plain agent, who sees the inboxes that they are a member of. */
  agentToken?: string;
  /** The access token of the bot that drafts come from. */
  botToken?: string;
  /** Who works there: the first is an administrator, the second a plain agent. */
  team?: readonly Agent[];
  /** The shop's widget, if not inbox 5 "Store chat". */
  widget?: { id: number; name: string };
  /** The first webhook's id; 1 when left out. */
  firstWebhook?: number;
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

export interface Chatwoot extends Conditions, Tokens {
  url: string;
  accountId: number;
  store: ChatwootStore;
  traffic: Traffic;
  /** What was sent and what became of it. */
  webhooks: WebhookSender;
  /** The account's webhooks: removed, changed or hidden as somebody does it in Chatwoot. */
  registrations: Registrations;
  /** Of Enterprise; none at the start, as where the feature is off. */
  slaPolicies: SlaPolicy[];
  mode(): ChatwootMode;
  /** `status`: answers that code to everything; `slow`: answers after `slowMs`; `down`: refuses connections. */
  setMode(mode: ChatwootMode, options?: { status?: number; slowMs?: number }): Promise<void>;
  /** Sends webhooks out of turn, as measured on a running one; false: each in its turn. */
  setOvertaking(overtakes: boolean): void;
  stop(): Promise<void>;
}

/** A simulated Chatwoot over real HTTP: the API that the app calls, signed webhooks, customers who write. */
export async function startChatwoot(options: ChatwootOptions = {}): Promise<Chatwoot> {
  const { accountId = 2, seed = 1 } = options;
  const { firstIds = { conversation: 401, message: 9001, contact: 201 } } = options;
  const tokens: Tokens = {
    apiToken: options.apiToken ?? 'sandbox-user-token',
    agentToken: options.agentToken ?? 'sandbox-agent-token',
    botToken: options.botToken ?? 'sandbox-bot-token',
  };
  const random = seededRandom(seed);
  const lateRandom = seededRandom(seed);
  const place = {
    account: { id: accountId, name: 'Northwind Tools' },
    inbox: { id: 5, name: 'Store chat', ...options.widget },
  };
  let mode: ChatwootMode = 'ok';
  let status = 503;
  let slowMs = 8000;
  const { conditions, version, throttle, meetsIdleConnection } = createConditions({
    version: options.version ?? '4.15.1',
    clockOffsetMs: options.clockOffsetMs ?? 0,
  });
  const { now, services, account, lists } = conditions;
  const registrations = createRegistrations(place, version, options.firstWebhook);

  /** A message that an API inbox's own webhook did not take becomes failed, a bot's conversation is opened. */
  function bearFailure(hook: Webhook, { conversationId, messageId, reason }: WebhookOutcome) {
    const conversation = store.conversations.get(conversationId ?? -1);
    const message = conversation?.messages.find(({ id }) => id === messageId);
    if (!conversation || !message) return;
    if (hook.of === 'inbox') store.setMessageStatus(conversation, message, 'failed', reason ?? 'failed');
    if (hook.of === 'bot' && conversation.status === 'pending') store.setStatus(conversation, 'open');
  }
  const webhooks = createWebhookSender({
    hooks: () => (account() === 'no_api_plan' ? [] : registrations.hooks()),
    now,
    version,
    timeoutMs: options.webhookTimeoutMs,
    concurrency: options.webhookConcurrency,
    logCap: options.logCap,
    onFailure: bearFailure,
    async refuses({ url }) {
      const filters = conditions.addressFilter() && version.atLeast('4.14.0');
      if (!filters || (await hasPublicAddress(url))) return null;
      return `${new URL(url).hostname} has no public ip addresses`;
    },
  });
  const store = createChatwootStore({
    place,
    random,
    version,
    now,
    firstIds,
    team: options.team,
    autoReply: (conversation) =>
      outOfOfficeReply(inboxes.hoursOf(conversation.inbox ?? place.inbox), conversation, now()),
    announce(event, inbox) {
      // Without Redis no job is made, and none makes up for it.
      if (services() === 'ok' || services().endsWith('_failing'))
        webhooks.emit(event, () => hooksOfInbox(inbox));
    },
  });
  const inboxes = createInboxesApi(store);
  const settings = createSettingsApi(store, now);
  const traffic = createTraffic({
    store,
    random,
    running: () => mode !== 'down' && services() !== 'database_gone',
  });
  const api = createChatwootApi({
    ...{ store, webhooks: registrations, inboxes, settings, tokens, version },
    ...{ lists, services, meetsIdleConnection, account, now },
  });

  const server = await startHttpServer(async (request, response) => {
    response.setHeader('Date', new Date(now()).toUTCString());
    if (mode === 'status') {
      request.resume();
      return sendJson(response, status, { error: 'The sandbox was told to answer this.' });
    }
    if (answeredByThrottle(throttle, request, response)) return;
    if (mode === 'slow') await delay(slowMs);
    if (await answeredByPage(store, request, response)) return;
    await writeAnswer(response, await api(request), version);
  }, options.port);

  return {
    ...conditions,
    ...tokens,
    url: server.url,
    accountId,
    store,
    traffic,
    webhooks,
    registrations,
    slaPolicies: settings.policies,
    mode: () => mode,
    async setMode(next, settings = {}) {
      mode = next;
      status = settings.status ?? 503;
      slowMs = settings.slowMs ?? 8000;
      await (next === 'down' ? server.shut() : server.open());
    },
    setOvertaking: (overtakes) => webhooks.setDelay(overtakes ? () => lateness(lateRandom) : 0),
    async stop() {
      traffic.stop();
      await server.shut();
      await webhooks.stop();
    },
  };
}
