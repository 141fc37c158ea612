import type { Problem } from '../../lib/http/problem.ts';
import type { AuthenticationFailure } from './authenticate-webhook.ts';
import type { BodyFailure } from './parse-webhook-body.ts';

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
