import type { Problem } from '../../lib/http/problem.ts';
import { storableText } from '../../lib/storable.ts';
import type { AuthenticationFailure } from './authenticate-webhook.ts';
import type { BodyFailure } from './parse-webhook-body.ts';

/** A webhook as it arrived. */
export interface Webhook {
  /** Names in lower case. */
  headers: WebhookHeaders;
  /** `token` of the URL's query. */
  token: string | null;
  /** Whom wrong tokens are counted for. */
  caller?: string | undefined;
  body: Buffer;
  receivedAt: Date;
}

/** What became of a webhook. All but the last two mean: on disk, and it may be acknowledged. */
export type IntakeOutcome =
  | { kind: 'accepted'; seq: number; eventId: string }
  /** The same event is in the inbox already. */
  | { kind: 'duplicate' }
  /** In a file, because the database did not take it in time, or refused what it contains. */
  | { kind: 'spooled'; eventId: string }
  | { kind: 'rejected'; reason: RejectionReason }
  /** Neither the database nor the disk took it. */
  | { kind: 'unavailable' };

/** The intake of this process, for the page; counts of other processes are in `processes`. */
export interface IntakeStatus {
  /** Webhooks in spool files that are not in the database yet. */
  spooled: number;
  spooledSince: Date | null;
  /** Whether arrivals go to the spool now. */
  inUse: boolean;
  /** What could not be imported for what it contains, set aside in DATA_DIR/spool/quarantine: by any process of that folder. */
  quarantined: number;
  /** Refused since this process started. */
  rejected: { reason: RejectionReason; count: number; lastAt: Date }[];
  /** Kept, but answered too late for the sender, by this process in the last 10 minutes. */
  late: number;
  /** CHATWOOT_WEBHOOK_ALLOW_UNSIGNED: whoever finds the URL can post. */
  open: boolean;
  /** What webhooks are proved with: `none` was ever connected or set, or it is `unreadable` here and now. */
  credentials: 'known' | 'none' | 'unreadable';
}

export interface Intake {
  /** Resolves when the webhook is durable, refused, or cannot be kept. Never rejects because of its input. */
  receive(webhook: Webhook): Promise<IntakeOutcome>;
  /** By the one clock that everything goes by. */
  now(): Date;
  /** Why a webhook cannot be genuine, whatever its body; null when that depends on the body. */
  refusal(head: Omit<Webhook, 'body'>): Promise<RejectionReason | null>;
  /** Counts a request that was refused before it was read. */
  reject(reason: RejectionReason): void;
  /** Counts the answer to a webhook that is kept, if it comes too late for the sender. */
  answered(answer: AnswerTiming): void;
  status(): IntakeStatus;
  /** Resolves after the webhooks at hand are settled and the files are closed. */
  stop(): Promise<void>;
}

export type WebhookHeaders = Readonly<Record<string, string | undefined>>;

/** A list of what is kept, not of what is dropped: a secret in a header nobody thought of is not stored. */
const KEPT = ['content-type', 'user-agent', 'x-chatwoot-delivery', 'x-chatwoot-timestamp'] as const;

/** The headers worth storing, as JSON text; the signature, credentials and cookies are not among them. */
export function keepHeaders(headers: WebhookHeaders): string {
  const kept: Record<string, string> = {};
  for (const name of KEPT) {
    const value = headers[name];
    if (value !== undefined) kept[name] = storableText(value, 500);
  }
  return JSON.stringify(kept);
}

/**
 * How the answer to a webhook came too late: the sender had closed the connection, or had been kept waiting for longer
 * than it waits. Either way the webhook is kept, and the sender saw a failure.
 */
export type LateAnswer = 'hung_up' | 'slow';

/** An answer that is about to be sent for a webhook that is kept. */
export interface AnswerTiming {
  /** How long we kept the sender waiting, ms; the time in which it was still sending is not ours. */
  tookMs: number;
  /** The connection is closed. */
  hungUp: boolean;
}

/** @param limitMs CHATWOOT_SENDER_TIMEOUT; @returns null when the answer is in time */
export function lateness({ tookMs, hungUp }: AnswerTiming, limitMs: number): LateAnswer | null {
  if (hungUp) return 'hung_up';
  return tookMs > limitMs ? 'slow' : null;
}

export type RejectionReason =
  | 'too_many_tokens'
  | 'method_not_allowed'
  | 'unsupported_media_type'
  | 'too_large'
  | 'busy'
  | AuthenticationFailure
  | BodyFailure;

/** Seconds after which a sender that retries should try again. */
export const RETRY_AFTER = '5';

const TITLES = {
  400: 'The body cannot be read',
  401: 'The webhook is not authenticated',
  405: 'Method not allowed',
  413: 'The body is too large',
  415: 'Unsupported media type',
  429: 'Too many wrong tokens',
  503: 'It cannot be taken now',
};

const ANSWERS: Record<RejectionReason, { status: keyof typeof TITLES; detail: string }> = {
  method_not_allowed: { status: 405, detail: 'Webhooks are sent with POST.' },
  unsupported_media_type: { status: 415, detail: 'Send the body as application/json, not compressed.' },
  too_large: { status: 413, detail: 'The body is larger than WEBHOOK_MAX_BODY_BYTES allows.' },
  busy: { status: 503, detail: 'Too much is being received at once. Send it again.' },
  missing_signature: {
    status: 401,
    detail: 'X-Chatwoot-Signature or X-Chatwoot-Timestamp is missing: sign the webhook with its secret.',
  },
  bad_signature: {
    status: 401,
    detail: 'No configured secret made this signature: compare CHATWOOT_WEBHOOK_SECRET with Chatwoot.',
  },
  stale_signature: {
    status: 401,
    detail: 'The timestamp is too far from now: check both clocks, or CHATWOOT_WEBHOOK_TOLERANCE_SECONDS.',
  },
  missing_token: { status: 401, detail: 'Add ?token= and the configured token to the webhook URL.' },
  too_many_tokens: {
    status: 429,
    detail: 'Too many wrong tokens came from this address. Try again in a minute.',
  },
  bad_token: { status: 401, detail: 'The token in the URL is not CHATWOOT_WEBHOOK_TOKEN.' },
  not_connected: {
    status: 401,
    detail:
      'This app knows no secret of Chatwoot yet: run npm run ops:connect-chatwoot, or set CHATWOOT_WEBHOOK_SECRET.',
  },
  secrets_unreadable: {
    status: 503,
    detail: 'The secrets of the webhooks cannot be read now. Send it again.',
  },
  malformed_json: { status: 400, detail: 'The body is not JSON.' },
  not_utf8: { status: 400, detail: 'The body is not UTF-8.' },
  not_an_object: { status: 400, detail: 'The body is JSON, but not an object.' },
  too_deep: { status: 400, detail: 'The JSON is nested deeper than 200 levels.' },
};

/** How a refused webhook is answered. */
export function problemOfRejection(reason: RejectionReason): Problem {
  const { status, detail } = ANSWERS[reason];
  const headers: Record<string, string> = {};
  if (status === 405) headers.Allow = 'POST';
  if (status === 401) headers['WWW-Authenticate'] = 'Signature realm="chatwoot-webhook"';
  if (status === 429) headers['Retry-After'] = '60';
  if (status === 503) headers['Retry-After'] = RETRY_AFTER;
  return { status, title: TITLES[status], detail, code: reason, headers };
}
