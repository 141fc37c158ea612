import { startMailServer } from './mail-server.ts';
import { startNotificationWebhook } from './notification-webhook.ts';
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
