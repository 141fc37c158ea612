import {
  AGENT_MODES,
  CHATWOOT_MODES,
  CHATWOOT_SERVICES,
  NOTIFICATION_SERVICES,
  type AgentCommand,
  type ChatwootCommand,
  type NotificationsCommand,
  type ScriptCommand,
} from './control-api.ts';
import { NOTIFIER_MODES } from '../notifications/notification-receiver.ts';

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
