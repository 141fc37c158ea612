/**
 * How the answer to a webhook came too late: the sender had closed the connection, or had been kept waiting for longer
 * than it waits. Either way the webhook is kept, and the sender saw a failure.
 */
export type LateAnswer = 'hung_up' | 'slow';

/** An answer that is about to be sent for a webhook that is kept. */
export interface Answered {
  /** How long we kept the sender waiting, ms; the time in which it was still sending is not ours. */
  tookMs: number;
  /** The connection is closed. */
  hungUp: boolean;
}

/** @param limitMs CHATWOOT_SENDER_TIMEOUT; @returns null when the answer is in time */
export function lateness({ tookMs, hungUp }: Answered, limitMs: number): LateAnswer | null {
  if (hungUp) return 'hung_up';
  return tookMs > limitMs ? 'slow' : null;
}
