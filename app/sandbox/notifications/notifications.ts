import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { startMailServer } from './mail-server.ts';
import { type NotificationReceiver, startReceiver, startSlack } from './notification-receiver.ts';

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

interface PagerDutyEvent {
  routing_key: string;
  event_action: 'trigger' | 'acknowledge' | 'resolve';
  dedup_key?: string;
  payload?: Record<string, unknown> & { summary: string; severity: string };
  links?: { href: string; text?: string }[];
}

const ACTIONS: unknown[] = ['trigger', 'acknowledge', 'resolve'];
const SEVERITIES = ['critical', 'error', 'warning', 'info'];

/** A simulated Events API v2: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ */
function startPagerDuty(): Promise<NotificationReceiver<PagerDutyEvent>> {
  return startReceiver<PagerDutyEvent>({
    path: '/v2/enqueue',
    accepted: { status: 202, body: { status: 'success', message: 'Event processed' } },
    read(body) {
      const event = body as unknown as PagerDutyEvent;
      const problem = wrongWith(event);
      if (problem)
        return { problem, answer: { status: 'invalid event', message: problem, errors: [problem] } };
      return { text: `${event.event_action}: ${event.payload?.summary ?? event.dedup_key}`, body: event };
    },
  });
}

/** @param event what was sent: anything may be left out */
function wrongWith(event: Partial<PagerDutyEvent>): string | undefined {
  const { routing_key, event_action, dedup_key, payload, links } = event;
  if (!/^\w{32}$/.test(routing_key ?? '')) return 'The routing key is not 32 characters.';
  if (!ACTIONS.includes(event_action)) return `There is no action "${event_action}".`;
  if ((dedup_key ?? '').length > 255) return 'The dedup_key is over 255 characters.';
  if (event_action !== 'trigger') return dedup_key ? undefined : 'It has no dedup_key.';
  if (!payload?.summary || payload.summary.length > 1024) return 'The summary is not 1 to 1024 characters.';
  if (typeof payload.source !== 'string' || payload.source === '') return 'It has no source.';
  if (!SEVERITIES.includes(payload.severity)) return `There is no severity "${payload.severity}".`;
  if (links?.some(({ href }) => !URL.canParse(href))) return 'A link leads nowhere.';
  return undefined;
}
