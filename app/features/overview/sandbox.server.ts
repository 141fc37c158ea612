import type { SandboxCommand } from './sandbox-command.ts';
import type { SandboxMessages, SandboxState } from './sandbox-state.ts';

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
