import { createHash } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { Agent, request } from 'undici';
import { between, type Random } from '../../random.ts';
import { appendBounded } from '../../sandbox-server.ts';
import { asOf, createVersion, type Version, withPerformer } from '../version.ts';
import { railsJson } from './payload-parts.ts';
import { type Webhook, webhookHead, type WebhookPayload } from './payloads.ts';

export { SUBSCRIBABLE_EVENTS } from '../version.ts';
export type { Webhook } from './payloads.ts';

/** An event as its job finds it; null when what it tells of is gone by then, and no webhook is sent. */
export type BuildPayload = () => WebhookPayload | null;

export interface WebhookSender {
  /**
   * Sends the event to each hook that subscribed to it. With workers the payload is built at once; without them when they
   * are back, and shows the state of then, as the real one's jobs do.
   * @param more hooks that get it besides: the API inbox's own, a bot's
   */
  emit(event: WebhookPayload | BuildPayload, more?: () => Webhook[]): void;
  /** Sends one body to one hook now, past the queue, and tells what became of it. */
  send(hook: Webhook, body: string): Promise<WebhookOutcome>;
  /**
   * Loses the webhooks it accepts from now on, as if the app's address could not be reached; null ends it.
   * @param isLost by its body
   */
  lose(isLost: ((body: string) => boolean) | null): void;
  losing(): boolean;
  /** Sidekiq. While it is `stopped` nothing is sent and everything queues up; when it is `running` again the queue is sent. */
  setWorkers(workers: 'running' | 'stopped'): void;
  workers(): 'running' | 'stopped';
  /** How long each webhook waits before it is sent, ms: one figure, or drawn for each (then they overtake each other). */
  setDelay(delay: number | (() => number)): void;
  /** The latest outcomes, oldest first. */
  log: WebhookOutcome[];
  counts(): { sent: number; acknowledged: number; failed: number; waiting: number };
  /** Resolves when nothing is queued or in flight; without workers, when nothing is in flight. */
  idle(): Promise<void>;
  /** Drops what is queued and waits for what is in flight. */
  stop(): Promise<void>;
}

export interface WebhookSenderOptions {
  hooks: () => Webhook[];
  /** Its clock, unix ms; signatures bear it. */
  now?: () => number;
  version?: Version;
  /** Chatwoot's WEBHOOK_TIMEOUT in milliseconds; 5 s by default as there. */
  timeoutMs?: number;
  /** Sidekiq's threads: that many are in flight at once, so order is not guaranteed. 1 keeps the order. */
  concurrency?: number;
  /** How many outcomes `log` keeps. */
  logCap?: number;
  /** Why a webhook is not even posted; null when it is. */
  refuses?: (hook: Webhook) => Promise<string | null>;
  /** Told of each failed delivery. */
  onFailure?: (hook: Webhook, outcome: WebhookOutcome) => void;
}

/**
 * Sends webhooks as Chatwoot does: signed when the attempt is made, one attempt, a connection each, and whatever
 * is not a 2xx within the timeout is lost.
 */
export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { hooks, timeoutMs = 5000, concurrency = 10, logCap = Infinity } = options;
  const { now = Date.now, version = createVersion('4.15.1') } = options;
  // Without pipelining undici closes each connection after its request, as Chatwoot does.
  const connections = new Agent({ pipelining: 0 });
  /** Events whose payload is not built yet. */
  const events: { build: BuildPayload; more: () => Webhook[] }[] = [];
  const queue: { hook: Webhook; body: string }[] = [];
  const delayed = new Set<NodeJS.Timeout>();
  const log: WebhookOutcome[] = [];
  const totals = { acknowledged: 0, failed: 0 };
  let isLost: ((body: string) => boolean) | null = null;
  let delayOf = () => 0;
  let working = true;
  let inFlight = 0;
  let waiters: (() => void)[] = [];

  async function send(hook: Webhook, body: string): Promise<WebhookOutcome> {
    const at = Date.now();
    const { deliveryId, headers } = webhookHead(hook, body, version, Math.floor(now() / 1000));
    let status: number | null = null;
    let reason: string | null = null;
    try {
      if (isLost?.(body)) throw Object.assign(new Error('lost'), { code: 'ECONNREFUSED' });
      const refusal = await options.refuses?.(hook);
      if (refusal) throw Object.assign(new Error(refusal), { code: refusal });
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = await request(hook.url, {
        method: 'POST',
        dispatcher: connections,
        signal,
        body,
        headers,
      });
      await answer.body.dump({ limit: 1_000_000 });
      status = answer.statusCode;
      if (status < 200 || status > 299) reason = `HTTP ${status}`;
    } catch (error) {
      reason = failureReason(error);
    }
    const outcome: WebhookOutcome = {
      ...describeBody(body),
      deliveryId: deliveryId ?? '',
      url: hook.url,
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

  /** Sidekiq's dispatcher: one webhook for each hook that wants the event. */
  function dispatch(build: BuildPayload, more: () => Webhook[]) {
    const payload = build();
    if (!payload) return;
    const body = railsJson(asOf(version, withPerformer(version, payload)));
    for (const hook of [...hooks(), ...more()]) {
      if (hook.subscriptions.includes(payload.event)) enqueue({ hook, body }, delayOf());
    }
  }

  function enqueue(webhook: { hook: Webhook; body: string }, waitMs: number) {
    if (waitMs <= 0) {
      queue.push(webhook);
      return;
    }
    const timer = setTimeout(() => {
      delayed.delete(timer);
      queue.push(webhook);
      pump();
    }, waitMs);
    delayed.add(timer);
  }

  function pump() {
    if (working) for (const { build, more } of events.splice(0)) dispatch(build, more);
    while (working && inFlight < concurrency) {
      const next = queue.shift();
      if (!next) break;
      inFlight += 1;
      void send(next.hook, next.body).finally(() => {
        inFlight -= 1;
        pump();
      });
    }
    const isIdle = inFlight === 0 && (!working || (queue.length === 0 && delayed.size === 0));
    if (isIdle) {
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
    emit(event, more = () => []) {
      events.push({ build: typeof event === 'function' ? event : () => event, more });
      pump();
    },
    send,
    lose(decide) {
      isLost = decide;
    },
    losing: () => isLost !== null,
    setWorkers(workers) {
      working = workers === 'running';
      pump();
    },
    workers: () => (working ? 'running' : 'stopped'),
    setDelay(delay) {
      delayOf = typeof delay === 'number' ? () => delay : delay;
    },
    log,
    counts: () => ({
      ...totals,
      sent: totals.acknowledged + totals.failed,
      waiting: events.length + delayed.size + queue.length + inFlight,
    }),
    idle,
    async stop() {
      events.length = 0;
      queue.length = 0;
      for (const timer of delayed) clearTimeout(timer);
      delayed.clear();
      await idle();
      await connections.destroy();
    },
  };
}

/** What became of one webhook: it is sent once, whatever happens. */
export interface WebhookOutcome {
  /** Empty before 4.12, when deliveries had none. */
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

/** What an outcome tells of the webhook's body. */
function describeBody(
  body: string,
): Pick<WebhookOutcome, 'event' | 'conversationId' | 'messageId' | 'bodySha256'> {
  return { ...idsIn(body), bodySha256: createHash('sha256').update(body).digest('hex') };
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

const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv6');

/** Whether a webhook's host has an address that Chatwoot's SSRF filter (since 4.14.0) would call. */
export async function hasPublicAddress(url: string): Promise<boolean> {
  const { hostname } = new URL(url);
  const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  return addresses.some(({ address }) => !PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'));
}

/** One webhook in so many is late. */
const LATE_SHARE = 0.15;

/**
 * How much later than its turn a webhook is sent, ms. Measured on a running 4.15.1, whose Sidekiq sends with ten threads:
 * of those that arrived after a later one of their conversation half were at most 30 ms late, 95 % at most 220 ms, the
 * latest 0.95 s.
 */
export function lateness(random: Random): number {
  if (random() >= LATE_SHARE) return 0;
  const rank = random();
  if (rank < 0.5) return between(random, 1, 30);
  return rank < 0.95 ? between(random, 30, 220) : between(random, 220, 950);
}
