import { createHash, randomInt, randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { appendBounded } from '../bounded-list.ts';
import { chatwootSignature } from './signature.ts';
import type { WebhookPayload } from './payloads.ts';
import { railsJson } from './rails-json.ts';

export const SUBSCRIBABLE_EVENTS = [
  'conversation_created',
  'conversation_status_changed',
  'conversation_updated',
  'message_created',
  'message_updated',
  'contact_created',
  'contact_updated',
  'webwidget_triggered',
  'conversation_typing_on',
  'conversation_typing_off',
  'inbox_created',
  'inbox_updated',
] as const;

export interface Webhook {
  id: number;
  name: string | null;
  url: string;
  subscriptions: string[];
  /** 24 alphanumerics made by Chatwoot; the API cannot set it. */
  secret: string;
}

/** What became of one webhook: it is sent once, whatever happens. */
export interface WebhookOutcome {
  deliveryId: string;
  url: string;
  event: string;
  conversationId: number | null;
  messageId: number | null;
  /** Names the body without keeping it: the Agent's records have the same. */
  bodySha256: string;
  /** Unix milliseconds when the attempt began. */
  at: number;
  durationMs: number;
  acknowledged: boolean;
  status: number | null;
  /** Why it failed, e.g. `ECONNREFUSED`, `timeout`, `HTTP 503`; null when acknowledged. */
  reason: string | null;
}

export interface WebhookSender {
  /**
   * Puts one delivery for each hook that subscribed to the event into the queue.
   * @param more hooks that get it besides: the API inbox's own
   */
  emit(payload: WebhookPayload, more?: Webhook[]): void;
  /** Sends one body to one hook now, past the queue, and tells what became of it. */
  send(hook: Webhook, body: string): Promise<WebhookOutcome>;
  /**
   * Loses the webhooks it accepts from now on, as if the app's address could not be reached; null ends it.
   * @param isLost by its body
   */
  lose(isLost: ((body: string) => boolean) | null): void;
  losing(): boolean;
  /** The latest outcomes, oldest first. */
  log: WebhookOutcome[];
  counts(): { sent: number; acknowledged: number; failed: number; waiting: number };
  /** Resolves when nothing is queued or in flight. */
  idle(): Promise<void>;
  /** Drops what is queued and waits for what is in flight. */
  stop(): Promise<void>;
}

export interface WebhookSenderOptions {
  hooks: () => Webhook[];
  /** Chatwoot's WEBHOOK_TIMEOUT in milliseconds; 5 s by default as there. */
  timeoutMs?: number;
  /** Sidekiq's threads: that many are in flight at once, so order is not guaranteed. 1 keeps the order. */
  concurrency?: number;
  /** How many outcomes `log` keeps. */
  logCap?: number;
  /** Told of each failed delivery. */
  onFailure?: (hook: Webhook, outcome: WebhookOutcome) => void;
}

/**
 * Sends webhooks as Chatwoot does: signed when the attempt is made, one attempt, a connection each, and whatever
 * is not a 2xx within the timeout is lost.
 */
export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { hooks, timeoutMs = 5000, concurrency = 10, logCap = Infinity } = options;
  // Without pipelining undici closes each connection after its request, as Chatwoot does.
  const connections = new Agent({ pipelining: 0 });
  const queue: { hook: Webhook; body: string }[] = [];
  const log: WebhookOutcome[] = [];
  const totals = { acknowledged: 0, failed: 0 };
  let isLost: ((body: string) => boolean) | null = null;
  let inFlight = 0;
  let waiters: (() => void)[] = [];

  async function send(hook: Webhook, body: string): Promise<WebhookOutcome> {
    const at = Date.now();
    const timestamp = String(Math.floor(at / 1000));
    const deliveryId = randomUUID();
    let status: number | null = null;
    let reason: string | null = null;
    try {
      if (isLost?.(body)) throw Object.assign(new Error('lost'), { code: 'ECONNREFUSED' });
      const answer = await request(hook.url, {
        method: 'POST',
        dispatcher: connections,
        signal: AbortSignal.timeout(timeoutMs),
        body,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'user-agent': 'Ruby',
          'x-chatwoot-delivery': deliveryId,
          'x-chatwoot-timestamp': timestamp,
          'x-chatwoot-signature': chatwootSignature(hook.secret, timestamp, body),
        },
      });
      await answer.body.dump({ limit: 1_000_000 });
      status = answer.statusCode;
      if (status < 200 || status > 299) reason = `HTTP ${status}`;
    } catch (error) {
      reason = failureReason(error);
    }
    const outcome: WebhookOutcome = {
      ...idsIn(body),
      deliveryId,
      url: hook.url,
      bodySha256: createHash('sha256').update(body).digest('hex'),
      at,
      durationMs: Date.now() - at,
      acknowledged: reason === null,
      status,
      reason,
    };
    totals[outcome.acknowledged ? 'acknowledged' : 'failed'] += 1;
    appendBounded(log, outcome, logCap);
    if (!outcome.acknowledged) options.onFailure?.(hook, outcome);
    return outcome;
  }

  function pump() {
    while (inFlight < concurrency) {
      const next = queue.shift();
      if (!next) break;
      inFlight += 1;
      void send(next.hook, next.body).finally(() => {
        inFlight -= 1;
        pump();
      });
    }
    if (inFlight === 0 && queue.length === 0) {
      for (const resolve of waiters) resolve();
      waiters = [];
    }
  }

  const idle = () =>
    new Promise<void>((resolve) => {
      waiters.push(resolve);
      pump();
    });

  return {
    emit(payload, more = []) {
      const body = railsJson(payload);
      for (const hook of [...hooks(), ...more]) {
        if (hook.subscriptions.includes(payload.event)) queue.push({ hook, body });
      }
      pump();
    },
    send,
    lose(decide) {
      isLost = decide;
    },
    losing: () => isLost !== null,
    log,
    counts: () => ({
      ...totals,
      sent: totals.acknowledged + totals.failed,
      waiting: queue.length + inFlight,
    }),
    idle,
    async stop() {
      queue.length = 0;
      await idle();
      await connections.destroy();
    },
  };
}

/** A secret as Chatwoot's has_secure_token makes it. */
export function newWebhookSecret(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 24 }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function idsIn(body: string): Pick<WebhookOutcome, 'event' | 'conversationId' | 'messageId'> {
  const none = { event: 'unknown', conversationId: null, messageId: null };
  try {
    const payload = JSON.parse(body) as { event?: string; id?: number; conversation?: { id?: number } };
    const event = payload.event ?? 'unknown';
    const isMessage = event.startsWith('message_');
    const conversationId = event.startsWith('conversation_') ? payload.id : undefined;
    return {
      event,
      conversationId: payload.conversation?.id ?? conversationId ?? null,
      messageId: isMessage ? (payload.id ?? null) : null,
    };
  } catch {
    return none;
  }
}

function failureReason(error: unknown): string {
  const { name, code } = error as { name?: string; code?: string };
  if (name === 'TimeoutError') return 'timeout';
  return code ?? String(error);
}
