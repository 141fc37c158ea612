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

export function readChatwootCommand(body: Body): ChatwootCommand | string {
  const mode = CHATWOOT_MODES.find((candidate) => candidate === body.mode);
  if (body.mode !== undefined && !mode) return `"mode" must be one of ${CHATWOOT_MODES.join(', ')}.`;
  const wrong =
    unknownField(body, ['mode', 'status', 'services', 'webhooks', 'conversationsPerMinute', 'emit']) ??
    notWhole(body, 'status', 200, 599) ??
    notWhole(body, 'conversationsPerMinute', 0, 6000) ??
    notWhole(body, 'emit', 1, 1000);
  if (wrong !== null) return wrong;
  if (![undefined, 'sent', 'lost'].includes(body.webhooks as string | undefined))
    return '"webhooks" must be sent or lost.';
  const services: readonly unknown[] = [undefined, ...CHATWOOT_SERVICES];
  if (!services.includes(body.services)) return `"services" must be one of ${CHATWOOT_SERVICES.join(', ')}.`;
  const said = [mode, body.services, body.webhooks, body.conversationsPerMinute, body.emit];
  if (said.every((value) => value === undefined))
    return 'Say at least one of "mode", "services", "webhooks", "conversationsPerMinute" and "emit".';
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
