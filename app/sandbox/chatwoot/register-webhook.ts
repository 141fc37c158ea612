import type { Chatwoot } from './chatwoot.ts';
import { SUBSCRIBABLE_EVENTS } from './webhook-sender.ts';

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
      subscriptions: SUBSCRIBABLE_EVENTS.filter((event) => !/^inbox_|_typing_/.test(event)),
    }),
  });
  const { payload } = (await response.json()) as { payload: { webhook: { secret: string } } };
  return payload.webhook.secret;
}
