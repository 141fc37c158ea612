import {
  type NotificationReceiver,
  NOTIFIER_MODES,
  type SlackMessage,
} from '../notifications/notification-receiver.ts';
import type { Notifications } from '../notifications/notifications.ts';
import {
  AGENT_MODES,
  type AgentCommand,
  CHATWOOT_MODES,
  CHATWOOT_SERVICES,
  type ChatwootCommand,
  NOTIFICATION_SERVICES,
  type NotificationsCommand,
  type ReceivedMessage,
  type SandboxNotifications,
  type ScriptCommand,
} from './control-api.ts';

/** Each reads one command; a string instead says, for a person, what is wrong with it. */
type Body = Record<string, unknown>;

export function readAgentCommand(body: Body): AgentCommand | string {
  const mode = AGENT_MODES.find((candidate) => candidate === body.mode);
  if (!mode) return `"mode" must be one of ${AGENT_MODES.join(', ')}.`;
  const wrong =
    unknownField(body, ['mode', 'status', 'retryAfter', 'latencyMs']) ??
    notWhole(body, 'status', 200, 599) ??
    notWhole(body, 'retryAfter', 0, 86_400) ??
    notWhole(body, 'latencyMs', 0, 60_000);
  return wrong ?? { ...body, mode };
}

/** Each field of the command, and the sentence that says what is wrong with its value. */
const CHATWOOT_FIELDS: Record<keyof ChatwootCommand, (body: Body, field: string) => string | null> = {
  mode: oneOf(CHATWOOT_MODES),
  status: whole(200, 599),
  services: oneOf(CHATWOOT_SERVICES),
  webhooks: oneOf(['sent', 'lost']),
  workers: oneOf(['running', 'stopped']),
  registration: oneOf(['removed']),
  addressFilter: yesOrNo,
  webhookDelayMs: whole(0, 600_000),
  overtaking: yesOrNo,
  clockOffsetSeconds: whole(-86_400, 86_400),
  version: (body, field) =>
    /^\d+\.\d+\.\d+$/.test(String(body[field])) ? null : `"${field}" must be a release such as 4.15.1.`,
  conversationsPerMinute: whole(0, 6000),
  emit: whole(1, 1000),
};

export function readChatwootCommand(body: Body): ChatwootCommand | string {
  const names = Object.keys(CHATWOOT_FIELDS);
  const unknown = unknownField(body, names);
  if (unknown !== null) return unknown;
  const said = Object.entries(CHATWOOT_FIELDS).filter(([field]) => body[field] !== undefined);
  for (const [field, wrongWith] of said) {
    const wrong = wrongWith(body, field);
    if (wrong !== null) return wrong;
  }
  if (said.every(([field]) => field === 'status'))
    return `Say at least one of ${names.filter((name) => name !== 'status').join(', ')}.`;
  return body;
}

export function readScriptCommand(body: Body): ScriptCommand | string {
  const { action } = body;
  return action === 'start' || action === 'stop' ? { action } : '"action" must be start or stop.';
}

export function readNotificationsCommand(body: Body): NotificationsCommand | string {
  const service = NOTIFICATION_SERVICES.find((candidate) => candidate === body.service);
  const mode = NOTIFIER_MODES.find((candidate) => candidate === body.mode);
  if (!service) return `"service" must be one of ${NOTIFICATION_SERVICES.join(', ')}.`;
  if (!mode) return `"mode" must be one of ${NOTIFIER_MODES.join(', ')}.`;
  const wrong = unknownField(body, ['service', 'mode', 'status']) ?? notWhole(body, 'status', 200, 599);
  return wrong ?? { ...body, service, mode };
}

function unknownField(body: Body, known: string[]): string | null {
  const field = Object.keys(body).find((name) => !known.includes(name));
  return field === undefined ? null : `There is no "${field}"; the fields are ${known.join(', ')}.`;
}

function notWhole(body: Body, field: string, min: number, max: number): string | null {
  const value = body[field];
  if (value === undefined) return null;
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
  return fits ? null : `"${field}" must be a whole number from ${min} to ${max}.`;
}

function whole(min: number, max: number) {
  return (body: Body, field: string) => notWhole(body, field, min, max);
}

function oneOf(values: readonly string[]) {
  return (body: Body, field: string) =>
    values.includes(body[field] as string) ? null : `"${field}" must be one of ${values.join(', ')}.`;
}

function yesOrNo(body: Body, field: string): string | null {
  return typeof body[field] === 'boolean' ? null : `"${field}" must be true or false.`;
}

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
