import type { NotificationsCommand, ReceivedMessage, SandboxNotifications } from './control-api.ts';
import { plainTextOf } from '../notifications/mail-text.ts';
import type { NotificationReceiver } from '../notifications/notification-receiver.ts';
import type { Notifications } from '../notifications/notifications.ts';
import type { SlackMessage } from '../notifications/slack.ts';

/** Messages of each service that are shown. */
const SHOWN = 20;

/** What the simulated services were sent, newest first. */
export function notificationsState({
  slack,
  email,
  pagerduty,
  webhook,
}: Notifications): SandboxNotifications {
  return {
    slack: stateOf(slack, (body) => ({ to: 'the channel of the webhook', detail: slackText(body) })),
    email: stateOf(email, ({ to, raw }) => ({ to: to.join(', '), detail: plainTextOf(raw) })),
    pagerduty: stateOf(pagerduty, (body) => ({
      to: `routing key …${body.routing_key.slice(-4)}`,
      detail: json({ ...body, routing_key: undefined }),
    })),
    webhook: stateOf(webhook, (body) => ({ to: 'the webhook, signature verified', detail: json(body) })),
  };
}

/** Breaks or repairs one of the services. */
export async function commandNotifications(
  notifications: Notifications,
  { service, mode, status }: NotificationsCommand,
): Promise<void> {
  await notifications[service].setMode(mode, { status });
}

function stateOf<T>(
  receiver: NotificationReceiver<T>,
  show: (body: T) => Pick<ReceivedMessage, 'to' | 'detail'>,
): SandboxNotifications['slack'] {
  return {
    mode: receiver.mode(),
    count: receiver.count(),
    received: receiver.received
      .slice(-SHOWN)
      .reverse()
      .map(({ at, text, body }) => ({ at: at.toISOString(), text, ...show(body) })),
  };
}

function slackText({ blocks = [] }: SlackMessage): string {
  return blocks
    .flatMap(({ text, fields = [], elements = [] }) => [text, ...fields, ...elements])
    .flatMap((part) => (part ? [part.text] : []))
    .join('\n');
}

const json = (value: unknown) => JSON.stringify(value, null, 2);
