import { createChatwootClient, type ChatwootClient } from '../../lib/chatwoot-client.server.ts';
import type { Services } from '../../lib/services.server.ts';

/** Chatwoot's API as configured, whose answers also tell the difference of the clocks; null before it is connected. */
export function openChatwootClient(
  { config, chatwootClock }: Pick<Services, 'config' | 'chatwootClock'>,
  signal?: AbortSignal,
): ChatwootClient | null {
  const { connection } = config;
  if (!connection) return null;
  const { chatwootUrl: baseUrl, accountId, apiToken } = connection;
  return createChatwootClient({ baseUrl, accountId, apiToken, signal, observe: chatwootClock.observe });
}
