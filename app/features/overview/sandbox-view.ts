/** What the sandbox's control server says of itself at GET /state: the part that the sandbox bar shows. */
export interface SandboxState {
  agent: {
    mode: 'ok' | 'status' | 'hang' | 'reset' | 'down';
    /** With mode `status`: the code. */
    status: number | null;
    retryAfter: number | null;
    latencyMs: number;
    /** In words for a person. */
    health: string;
    /** Webhooks accepted, repetitions included. */
    received: number;
    /** Different events among them. */
    distinct: number;
    duplicates: number;
    refused: number;
    drafts: number;
  };
  chatwoot: {
    mode: 'ok' | 'status' | 'slow' | 'down';
    /** What Chatwoot says of its own parts. */
    services: 'ok' | 'queue_failing' | 'data_failing' | 'redis_gone' | 'redis_hanging' | 'database_gone';
    conversationsPerMinute: number;
    trafficRunning: boolean;
    sent: number;
    acknowledged: number;
    /** Lost for good, as with the real one, unless somebody finds them. */
    failed: number;
    /** Whether webhooks are on purpose lost on their way to the app now. */
    webhooks: 'sent' | 'lost';
    /** While they are stopped webhooks queue up and everything else answers. */
    workers: 'running' | 'stopped';
    waiting: number;
    lastFailure: string | null;
  };
  script: {
    running: boolean;
    step: string | null;
    label: string;
    /** From 1. */
    stepNumber: number;
    steps: number;
    secondsLeft: number;
    totalSecondsLeft: number;
  };
}

/** What it says at GET /notifications: what each simulated service took, newest first. */
export type SandboxMessages = Record<
  'slack' | 'email' | 'pagerduty' | 'webhook',
  {
    mode: 'ok' | 'status' | 'hang' | 'down';
    count: number;
    received: { at: string; to: string; text: string; detail: string }[];
  }
>;
