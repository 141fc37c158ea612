import type { Chatwoot } from './chatwoot.ts';

/** Registers the app's webhook over the API, as `ops:connect-chatwoot` does, and returns the secret it got. */
export async function registerWebhook(
  { url, accountId, apiToken }: Chatwoot,
  webhookUrl: string,
): Promise<string> {
  const response = await fetch(`${url}/api/v1/accounts/${accountId}/webhooks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', api_access_token: apiToken },
    body: JSON.stringify({
      name: 'Outage Center',
      url: webhookUrl,
      subscriptions: [
        'conversation_created',
        'conversation_status_changed',
        'conversation_updated',
        'message_created',
        'message_updated',
        'contact_created',
        'contact_updated',
        'webwidget_triggered',
      ],
    }),
  });
  const { payload } = (await response.json()) as { payload: { webhook: { secret: string } } };
  return payload.webhook.secret;
}
