import type { Place } from '../../records.ts';
import type { Version } from '../../version.ts';
import type { Webhook } from '../../webhook-request.ts';

export const restWebhook = (place: Place, webhook: Webhook, version: Version) => ({
  id: webhook.id,
  ...(version.atLeast('4.8.0') && { name: webhook.name }),
  url: webhook.url,
  account_id: place.account.id,
  subscriptions: webhook.subscriptions,
  ...(version.atLeast('4.12.0') && { secret: webhook.secret }),
});
