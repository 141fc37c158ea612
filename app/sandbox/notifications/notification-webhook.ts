import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { startReceiver, type NotificationReceiver } from './notification-receiver.ts';

export interface ReceivedWebhook {
  id: string;
  type: string;
  timestamp: string;
  data: Record<string, unknown> & { headline: string };
}

/** A receiver of the generic webhook, which checks the signature with its secret. */
export async function startNotificationWebhook(): Promise<
  NotificationReceiver<ReceivedWebhook> & { secret: string }
> {
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const verifier = new Webhook(secret);
  const receiver = await startReceiver<ReceivedWebhook>({
    path: '/hooks/outages',
    accepted: { status: 204, body: '' },
    read(body, headers, raw) {
      const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
      try {
        verifier.verify(raw, flat, { jsonParse: false });
      } catch (error) {
        return { problem: String(error), answer: 'bad signature', status: 401 };
      }
      const message = { ...(body as unknown as ReceivedWebhook), id: flat['webhook-id'] ?? '' };
      return { text: message.data.headline, body: message };
    },
  });
  return Object.assign(receiver, { secret });
}
