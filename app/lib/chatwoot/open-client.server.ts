import type { Services } from '../services.server.ts';
import { type ChatwootClient, createChatwootClient } from './chatwoot-client.server.ts';

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

/** Where a person reads and answers a conversation in Chatwoot; null when it is not connected. */
export function conversationUrl(
  chatwootUrl: string | null,
  account: string,
  conversationId: number | string,
): string | null {
  return chatwootUrl && `${chatwootUrl}/app/accounts/${account}/conversations/${conversationId}`;
}
