import { isPage, isRetryable, outcomeOfStatus } from '../../../lib/http/attempt-outcome.ts';
import { wordOf } from '../../../lib/json.ts';
import type { PostKind, Target } from '../channel.ts';
import type { Outgoing } from '../message.ts';

/** What another service answered, as far as it was read. */
interface Answered {
  status: number;
  body: string;
  headers?: Readonly<Record<string, string | string[] | undefined>>;
}

/** What an answer means where it comes from. */
type Meaning =
  | { outcome: 'accepted' }
  /** It may be taken later; `waitMs` is what the body itself asks for. */
  | { outcome: 'retry'; waitMs: number | null }
  | { outcome: 'refused' };

/** How a kind of service says that it has taken something: by its status alone none of them does. */
export type Convention = (answered: Answered) => Meaning;

const ACCEPTED: Meaning = { outcome: 'accepted' };
const REFUSED: Meaning = { outcome: 'refused' };

/** Slack's names for what passes: https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const SLACK_PASSES = new Set([
  ...['ratelimited', 'rate_limited', 'rollup_error', 'message_limit_exceeded', 'request_timeout'],
  ...['internal_error', 'fatal_error', 'service_unavailable', 'team_added_to_org'],
]);

/**
 * An incoming webhook of Slack answers `ok`; what speaks its language answers JSON with `ok` or `success`. When it wants
 * less it says for how long in `retry_after`, s (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
 */
export const slackConvention: Convention = ({ status, body }) => {
  const said = readObject(body);
  const waitMs = secondsOf(said?.retry_after);
  const meaning = byStatus(status);
  if (meaning.outcome === 'retry') return { outcome: 'retry', waitMs };
  if (meaning.outcome === 'refused') return meaning;
  if (body.trim().toLowerCase() === 'ok' || said?.ok === true || said?.success === true) return ACCEPTED;
  if (waitMs !== null || SLACK_PASSES.has(wordOf(said?.error))) return { outcome: 'retry', waitMs };
  return REFUSED;
};

/** Events API v2 answers 202 with `status: success` (https://developer.pagerduty.com/docs/events-api-v2/overview/). */
export const pagerDutyConvention: Convention = ({ status, body }) => {
  const meaning = byStatus(status);
  if (meaning.outcome !== 'accepted') return meaning;
  const said = readObject(body)?.status;
  if (said === 'success') return ACCEPTED;
  return said === 'throttle exceeded' ? { outcome: 'retry', waitMs: null } : REFUSED;
};

/**
 * Statuspage's API answers 200 or 201 with what is there now, a list or a thing with an id, and 420 or 429 to whoever asks
 * more than once a second (https://developer.statuspage.io).
 */
export const statuspageConvention: Convention = ({ status, body }) => {
  if (status === 420) return { outcome: 'retry', waitMs: 60_000 };
  const meaning = byStatus(status);
  if (meaning.outcome !== 'accepted') return meaning;
  return /^\s*\[/.test(body) || typeof readObject(body)?.id === 'string' ? ACCEPTED : REFUSED;
};

/**
 * A workflow of Teams takes a message with 202 and says nothing more; every other 2xx is somebody else's
 * (https://learn.microsoft.com/en-us/azure/connectors/connectors-native-reqres). It asks for less by `Retry-After`.
 */
export const teamsConvention: Convention = ({ status, body }) => {
  const meaning = byStatus(status);
  if (meaning.outcome !== 'accepted') return meaning;
  return status === 202 && !isPage(body) && !denies(body) ? ACCEPTED : REFUSED;
};

/**
 * Discord answers the message it made, or 204 where `wait` was lost on the way; who asks too often reads in the body for how
 * long to wait, in s (https://discord.com/developers/docs/topics/rate-limits).
 */
export const discordConvention: Convention = ({ status, body, headers = {} }) => {
  const said = readObject(body);
  const meaning = byStatus(status);
  if (meaning.outcome === 'retry')
    return { outcome: 'retry', waitMs: secondsOf(said?.retry_after ?? headers['x-ratelimit-reset-after']) };
  if (meaning.outcome === 'refused') return meaning;
  const isMessage = status === 200 && typeof said?.id === 'string' && said.id !== '';
  return isMessage || (status === 204 && body === '') ? ACCEPTED : REFUSED;
};

/**
 * Telegram answers `ok: true`; else `error_code`, and in `parameters` for how long to wait, in s
 * (https://core.telegram.org/bots/api#making-requests).
 */
export const telegramConvention: Convention = ({ status, body }) => {
  const said = readObject(body);
  const meaning = byStatus(
    said?.ok === false && typeof said.error_code === 'number' ? said.error_code : status,
  );
  if (meaning.outcome === 'retry') {
    const { retry_after: wait } = (said?.parameters ?? {}) as { retry_after?: unknown };
    return { outcome: 'retry', waitMs: secondsOf(wait) };
  }
  if (meaning.outcome === 'refused') return meaning;
  return said?.ok === true ? ACCEPTED : REFUSED;
};

/** ntfy answers what it published, with its id (https://docs.ntfy.sh/publish/). */
export const ntfyConvention: Convention = ({ status, body }) => {
  const meaning = byStatus(status);
  if (meaning.outcome !== 'accepted') return meaning;
  const said = readObject(body);
  return said?.event === 'message' && typeof said.id === 'string' && said.id !== '' ? ACCEPTED : REFUSED;
};

/** A push service answers 201, or 202 when it confirms later (RFC 8030, 5); how long to wait it says in `Retry-After`. */
export const pushConvention: Convention = ({ status }) => {
  const meaning = byStatus(status);
  return meaning.outcome === 'accepted' && status !== 201 && status !== 202 ? REFUSED : meaning;
};

/** A wait in seconds, as a number or its text, in ms; null when it is none. */
function secondsOf(wait: unknown): number | null {
  const seconds = typeof wait === 'string' ? Number(wait) : wait;
  return typeof seconds === 'number' && seconds > 0 ? Math.ceil(seconds * 1000) : null;
}

/**
 * Standard Webhooks: any 2xx has taken it (https://www.standardwebhooks.com), unless what comes with it is a page for
 * people, as from a sign-in or a proxy, or says itself that it did not.
 */
export const webhookConvention: Convention = ({ status, body }) => {
  const meaning = byStatus(status);
  if (meaning.outcome !== 'accepted') return meaning;
  return isPage(body) || denies(body) ? REFUSED : ACCEPTED;
};

/** Teams answers 200 with such a sentence. */
const DENIAL = /^\s*(webhook message delivery failed|error\b)/i;

/** Whether what came with a 2xx says itself that it is none. */
function denies(body: string): boolean {
  const said = readObject(body);
  if (!said) return DENIAL.test(body);
  const isNo = (value: unknown) => value === false || value === 0 || value === 'false';
  const isError = (value: unknown) =>
    value !== undefined &&
    value !== null &&
    !['', 'false', '0', '[]', '{}', '""'].includes(JSON.stringify(value));
  return (
    isNo(said.ok) ||
    isNo(said.success) ||
    isError(said.error) ||
    isError(said.errors) ||
    /^(error|fail(ed|ure)?)$/i.test(typeof said.status === 'string' ? said.status : '')
  );
}

/** 2xx may have been taken; network trouble, 408, 425, 429 and 5xx pass; everything else would be the same again. */
function byStatus(status: number): Meaning {
  const outcome = outcomeOfStatus(status);
  if (outcome === 'ok') return ACCEPTED;
  return isRetryable(outcome) ? { outcome: 'retry', waitMs: null } : REFUSED;
}

function readObject(body: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(body) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** Where a message of such a service goes. */
export type Place = Extract<Target, { kind: PostKind }>;

/** A service that takes a message as one POST; everything that is its own. */
export interface Service {
  post(outgoing: Outgoing, place: Place): { url: string; headers?: Record<string, string>; body: object };
  /** How it says that it has taken it. */
  convention: Convention;
}
