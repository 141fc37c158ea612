import { z } from 'zod';
import type { SandboxMessages, SandboxState } from './sandbox-view.ts';

/** A page must not wait for a sandbox that hangs. */
const STATE_TIMEOUT_MS = 500;
const COMMAND_TIMEOUT_MS = 5000;

/** What the sandbox says of itself; null when there is none or it does not answer. */
export async function readSandboxState(sandboxUrl: string | undefined): Promise<SandboxState | null> {
  if (!sandboxUrl) return null;
  try {
    const response = await fetch(new URL('/state', sandboxUrl), {
      signal: AbortSignal.timeout(STATE_TIMEOUT_MS),
    });
    return response.ok ? ((await response.json()) as SandboxState) : null;
  } catch {
    return null;
  }
}

/** What the simulated Slack, mail server, PagerDuty and webhook received; null when there are none or they do not answer. */
export async function readSandboxMessages(sandboxUrl: string): Promise<SandboxMessages | null> {
  try {
    const response = await fetch(new URL('/notifications', sandboxUrl), {
      signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS),
    });
    return response.ok ? ((await response.json()) as SandboxMessages) : null;
  } catch {
    return null;
  }
}

export type SandboxAnswer =
  | { outcome: 'done'; state: SandboxState }
  /** It was not understood there; the detail is a sentence for a person. */
  | { outcome: 'refused'; status: number; detail: string }
  | { outcome: 'unreachable' };

/** Steers the sandbox. */
export async function commandSandbox(sandboxUrl: string, command: SandboxCommand): Promise<SandboxAnswer> {
  try {
    const response = await fetch(new URL(command.path, sandboxUrl), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(command.body),
      signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS),
    });
    if (response.ok) return { outcome: 'done', state: (await response.json()) as SandboxState };
    const { detail } = (await response.json()) as { detail?: string };
    return {
      outcome: 'refused',
      status: response.status,
      detail: detail ?? 'The sandbox refused the command.',
    };
  } catch {
    return { outcome: 'unreachable' };
  }
}

/** A form number: nothing when it was left empty. */
const number = (min: number, max: number) =>
  z.preprocess(
    (text) => (typeof text === 'string' && text.trim() === '' ? undefined : text),
    z.coerce.number().int().min(min).max(max).optional(),
  );

/** What each form of the sandbox bar may say, and where it goes on the sandbox's control server. */
const COMMANDS = {
  agent: z.object({
    mode: z.enum(['ok', 'status', 'hang', 'reset', 'down']),
    status: number(200, 599),
    retryAfter: number(0, 86_400),
    latencyMs: number(0, 60_000),
  }),
  chatwoot: z
    .object({
      mode: z.enum(['ok', 'status', 'slow', 'down']).optional(),
      status: number(200, 599),
      services: z
        .enum(['ok', 'queue_failing', 'data_failing', 'redis_gone', 'redis_hanging', 'database_gone'])
        .optional(),
      webhooks: z.enum(['sent', 'lost']).optional(),
      workers: z.enum(['running', 'stopped']).optional(),
      conversationsPerMinute: number(0, 6000),
      emit: number(1, 1000),
    })
    .refine(({ mode, services, webhooks, workers, conversationsPerMinute, emit }) =>
      [mode, services, webhooks, workers, conversationsPerMinute, emit].some((said) => said !== undefined),
    ),
  notifications: z.object({
    service: z.enum(['slack', 'email', 'pagerduty', 'webhook']),
    mode: z.enum(['ok', 'status', 'hang', 'down']),
    status: number(200, 599),
  }),
  script: z.object({ action: z.enum(['start', 'stop']) }),
};

export interface SandboxCommand {
  /** On the control server. */
  path: '/agent' | '/chatwoot' | '/notifications' | '/script';
  body: object;
}

/**
 * Command of a form of the sandbox. Field `command` is `agent`, `chatwoot`, `notifications` or `script`; the others are those of
 * the control API, but `script` (start or stop) for its `action`, a name that HTML forms have taken.
 * @returns null when it is not understood; fields of no command are left out
 */
export function parseSandboxCommand(fields: URLSearchParams): SandboxCommand | null {
  const command = fields.get('command') ?? '';
  if (!Object.hasOwn(COMMANDS, command)) return null;
  const name = command as keyof typeof COMMANDS;
  const said = { ...Object.fromEntries(fields), action: fields.get('script') };
  const parsed = COMMANDS[name].safeParse(said);
  return parsed.success ? { path: `/${name}`, body: parsed.data } : null;
}
