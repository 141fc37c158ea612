import type { Services } from '../../lib/services.server.ts';
import { classOfError } from './probe-errors.ts';
import { exchange } from './probes/exchange.server.ts';

/** The watcher's answer is not waited for longer than this, ms: the next tick does not wait for it. */
const TIMEOUT_MS = 5000;

/**
 * Tells HEARTBEAT_URL that the outage center has just looked and judged: who watches there learns of our own silence.
 * A failure is logged, nothing more: it says nothing of customers. The address holds a key and is never logged.
 */
export async function pingHeartbeat(
  { config, log }: Pick<Services, 'config' | 'log'>,
  signal?: AbortSignal,
): Promise<'accepted' | 'failed' | 'none'> {
  if (!config.HEARTBEAT_URL) return 'none';
  const answer = await exchange(config.HEARTBEAT_URL, { timeoutMs: TIMEOUT_MS, signal });
  if (answer.outcome === 'answered' && answer.status < 300) return 'accepted';
  log.warn(
    answer.outcome === 'answered' ? { status: answer.status } : { problem: classOfError(answer.error) },
    'the heartbeat was not accepted at HEARTBEAT_URL',
  );
  return 'failed';
}
