import { createChatwootClient, type ChatwootClient } from '../../lib/chatwoot-client.server.ts';
import type { Config } from '../../lib/config.ts';

/** Chatwoot's API as configured; null before it is connected. */
export function openChatwootClient(
  config: Pick<Config, 'connection'>,
  signal?: AbortSignal,
): ChatwootClient | null {
  const { connection } = config;
  if (!connection) return null;
  const { chatwootUrl: baseUrl, accountId, apiToken } = connection;
  return createChatwootClient({ baseUrl, accountId, apiToken, signal });
}
