/** Where a person reads and answers a conversation in Chatwoot; null when it is not connected. */
export function conversationUrl(
  chatwootUrl: string | null,
  account: string,
  conversationId: number | string,
): string | null {
  return chatwootUrl && `${chatwootUrl}/app/accounts/${account}/conversations/${conversationId}`;
}
