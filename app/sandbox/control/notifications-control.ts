import type { NotificationReceiver } from '../notifications/notification-receiver.ts';
import type { Notifications } from '../notifications/notifications.ts';
import type { SlackMessage } from '../notifications/slack.ts';
import type { NotificationsCommand, ReceivedMessage, SandboxNotifications } from './control-api.ts';

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

/** The plain text of an e-mail as this app writes it: the `text/plain` part, decoded; the raw mail when it has none. */
export function plainTextOf(raw: string): string {
  const start = raw.search(/^content-type: text\/plain/im);
  const bodyAt = start < 0 ? -1 : raw.indexOf('\r\n\r\n', start);
  if (bodyAt < 0) return raw;
  const head = raw.slice(start, bodyAt);
  const end = raw.indexOf('\r\n--', bodyAt);
  const body = raw.slice(bodyAt + 4, end < 0 ? undefined : end);
  if (/content-transfer-encoding: base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8');
  if (!/content-transfer-encoding: quoted-printable/i.test(head)) return body;
  const bytes = body
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/gi, (_all, code: string) => String.fromCharCode(parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
