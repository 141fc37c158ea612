/**
 * The control API of the sandbox, JSON over HTTP on 127.0.0.1. Whoever shows a sandbox bar copies these shapes.
 *
 *   GET  /state                      → 200 SandboxState
 *   POST /agent     AgentCommand     → 200 SandboxState   (stops a running script: a person takes over)
 *   POST /chatwoot  ChatwootCommand  → 200 SandboxState
 *   POST /script    ScriptCommand    → 200 SandboxState
 *   GET  /notifications                        → 200 SandboxNotifications
 *   POST /notifications  NotificationsCommand  → 200 SandboxState
 *
 * A bad command is answered 400, an unknown path 404, a wrong method 405, each as application/problem+json
 * {type, title, status, detail, code}; the detail is a sentence for a person.
 */

/** `hang` never answers, `reset` breaks the connection, `down` refuses connections. */
export const AGENT_MODES = ['ok', 'status', 'hang', 'reset', 'down'] as const;
export type AgentMode = (typeof AGENT_MODES)[number];

export const CHATWOOT_MODES = ['ok', 'status', 'slow', 'down'] as const;
export type ChatwootMode = (typeof CHATWOOT_MODES)[number];

/**
 * Of what Chatwoot stands on. `queue_failing`, `data_failing`: `/api` says so of its Redis, its PostgreSQL, and all else works.
 * The others are away, and answers are as recorded then.
 */
export const CHATWOOT_SERVICES = [
  'ok',
  'queue_failing',
  'data_failing',
  'redis_gone',
  'redis_hanging',
  'database_gone',
] as const;
export type ChatwootServices = (typeof CHATWOOT_SERVICES)[number];

export interface AgentCommand {
  mode: AgentMode;
  /** With mode `status`: the code of every answer, 200–599; 503 when left out. */
  status?: number;
  /** With mode `status`: seconds in a Retry-After header; none when left out. */
  retryAfter?: number;
  /** With mode `ok` and `status`: milliseconds before each answer, 0–60000; 0 when left out. */
  latencyMs?: number;
}

/** At least one of them, and not `status` alone. */
export interface ChatwootCommand {
  mode?: ChatwootMode;
  /** With mode `status`: 200–599; 503 when left out. */
  status?: number;
  /** What `/api` says of Chatwoot's parts while it answers. */
  services?: ChatwootServices;
  /** `lost`: no webhook reaches the app, as if its address could not be reached from outside. */
  webhooks?: 'sent' | 'lost';
  /** `stopped`: nothing is sent, webhooks queue up, everything else answers; `running`: the queue is sent. */
  workers?: 'running' | 'stopped';
  /** `removed`: the account's webhooks are deleted, as by somebody in Chatwoot. */
  registration?: 'removed';
  /** Addresses in private networks get no webhook (4.14 and later), and only Chatwoot's own log says so. */
  addressFilter?: boolean;
  /** How long each webhook waits before it is sent, 0–600000 ms. */
  webhookDelayMs?: number;
  /** Webhooks overtake each other as measured on a running one; false: each in its turn. */
  overtaking?: boolean;
  /** How far its clock is ahead of ours, −86400–86400 s. */
  clockOffsetSeconds?: number;
  /** The release that it is from now on, e.g. `4.2.0`. */
  version?: string;
  /** Customers' messages a minute, 0–6000; 0 pauses the traffic. */
  conversationsPerMinute?: number;
  /** That many customers write at once, 1–1000. */
  emit?: number;
}

export interface ScriptCommand {
  /** `stop` also repairs the Agent service. */
  action: 'start' | 'stop';
}

export const NOTIFICATION_SERVICES = ['slack', 'email', 'pagerduty', 'webhook'] as const;

/** Breaks or repairs what notifications go to: `status` answers so, `hang` never answers, `down` refuses connections. */
export interface NotificationsCommand {
  service: (typeof NOTIFICATION_SERVICES)[number];
  mode: 'ok' | 'status' | 'hang' | 'down';
  /** With mode `status`: 200–599; 503 when left out, 451 for e-mail. */
  status?: number;
}

/** What one of the simulated services accepted. */
export interface ReceivedMessage {
  at: string;
  to: string;
  /** What a person would read first. */
  text: string;
  /** All of it. */
  detail: string;
}

/** Newest first. */
export type SandboxNotifications = Record<
  NotificationsCommand['service'],
  { mode: NotificationsCommand['mode']; count: number; received: ReceivedMessage[] }
>;

export interface SandboxState {
  agent: {
    mode: AgentMode;
    /** With mode `status`: the code. */
    status: number | null;
    retryAfter: number | null;
    latencyMs: number;
    /** In words for a person, e.g. "Answers 503 to everything". */
    health: string;
    /** Webhooks accepted (answered 2xx), repetitions included. */
    received: number;
    /** Different events among them, by webhook-id. */
    distinct: number;
    duplicates: number;
    /** Webhooks not accepted: an error answer, no answer, a broken connection. */
    refused: number;
    /** Drafts written into Chatwoot. */
    drafts: number;
  };
  chatwoot: {
    mode: ChatwootMode;
    services: ChatwootServices;
    conversationsPerMinute: number;
    /** Whether customers write by themselves now. */
    trafficRunning: boolean;
    /** Webhooks sent, each once; `sent = acknowledged + failed`. */
    sent: number;
    acknowledged: number;
    /** Lost for good, as with the real one, unless somebody finds them. */
    failed: number;
    /** Whether webhooks are on purpose lost on their way to the app now. */
    webhooks: 'sent' | 'lost';
    /** While they are stopped webhooks queue up. */
    workers: 'running' | 'stopped';
    /** Queued or in flight. */
    waiting: number;
    /** Why the latest failure failed, e.g. `ECONNREFUSED`; null when none did. */
    lastFailure: string | null;
  };
  script: {
    running: boolean;
    /** Name of the step that runs; null when none does. */
    step: string | null;
    /** What happens now, in words for a person; when it does not run, how it ended, or "" if it never ran. */
    label: string;
    /** From 1. */
    stepNumber: number;
    steps: number;
    /** Whole seconds until the next step, and until the end. */
    secondsLeft: number;
    totalSecondsLeft: number;
  };
}
