import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { startMailServer } from './mail-server.ts';
import { type NotificationReceiver, startReceiver } from './notification-receiver.ts';
import { startPagerDuty } from './pagerduty.ts';
import { startSlack } from './slack.ts';

/** Everything that notifications go to, simulated: nobody outside this machine is told anything. */
export async function startNotifications() {
  const [slack, email, pagerduty, webhook] = await Promise.all([
    startSlack(),
    startMailServer(),
    startPagerDuty(),
    startNotificationWebhook(),
  ]);
  return {
    slack,
    email,
    pagerduty,
    webhook,
    async stop() {
      await Promise.all([slack.stop(), email.stop(), pagerduty.stop(), webhook.stop()]);
    },
  };
}

export type Notifications = Awaited<ReturnType<typeof startNotifications>>;

/** A routing key has 32 characters. */
export const SANDBOX_ROUTING_KEY = 'sandbox0sandbox0sandbox0sandbox0';

/** Settings of an app whose every notification ends here. */
export function notificationSettings({ slack, email, pagerduty, webhook }: Notifications) {
  return {
    SLACK_WEBHOOK_URL: slack.url,
    SMTP_URL: email.url,
    SMTP_FROM: 'Outage Center <outage-center@example.com>',
    NOTIFY_EMAIL_TO: 'support-team@example.com',
    PAGERDUTY_ROUTING_KEY: SANDBOX_ROUTING_KEY,
    PAGERDUTY_EVENTS_URL: pagerduty.url,
    NOTIFY_WEBHOOK_URL: webhook.url,
    NOTIFY_WEBHOOK_SECRET: webhook.secret,
  };
}

export interface ReceivedWebhook {
  id: string;
  type: string;
  timestamp: string;
  data: Record<string, unknown> & { headline: string };
}

/** A receiver of the generic webhook, which checks the signature with its secret. */
async function startNotificationWebhook(): Promise<
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
