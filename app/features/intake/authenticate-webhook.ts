import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { Config } from '../../lib/settings/config.ts';

export type AuthenticationFailure =
  | 'missing_signature'
  | 'bad_signature'
  | 'stale_signature'
  | 'missing_token'
  | 'bad_token'
  | 'not_connected'
  | 'secrets_unreadable';

export interface AuthenticationRules extends Credentials {
  /** Whoever finds the address may post: webhooks without signature are taken. */
  allowUnsigned: boolean;
  toleranceSeconds: number;
  now: Date;
}

/**
 * A signature by one of the secrets or one of the tokens in the URL: either suffices. Nothing is let in because a secret
 * is missing: only `allowUnsigned` does that.
 * @param request.body null before it is read: then only what no body could make good is a failure
 * @returns null when the webhook is taken, else why it is not
 */
export function authenticateWebhook(
  request: Omit<SignedRequest, 'body'> & { body: Buffer | null; token: string | null },
  rules: AuthenticationRules,
): AuthenticationFailure | null {
  const { secrets, tokens, complete, allowUnsigned } = rules;
  if (request.token && anyFits(request.token, tokens)) return null;
  const verdict = verdictOn(request, rules);
  if (verdict === 'ok' || verdict === 'unread') return null;
  if (verdict === 'stale') return 'stale_signature';
  if (allowUnsigned && (verdict === 'missing' || secrets.length === 0)) return null;
  if (!complete) return 'secrets_unreadable';
  const tokenFailure = request.token ? 'bad_token' : 'missing_token';
  if (secrets.length === 0) return tokens.length === 0 ? 'not_connected' : tokenFailure;
  if (verdict === 'bad') return 'bad_signature';
  return tokens.length > 0 && request.token ? 'bad_token' : 'missing_signature';
}

function verdictOn(
  request: Parameters<typeof authenticateWebhook>[0],
  rules: AuthenticationRules,
): SignatureVerdict | 'unread' {
  const { body } = request;
  if (body) return verifySignature({ ...request, body }, rules);
  const form = signatureForm(request);
  // Without secrets nothing that is signed can be told from anything else.
  return form === 'complete' ? (rules.secrets.length === 0 ? 'bad' : 'unread') : form;
}

/** No early exit: the time taken does not tell which token fitted. */
function anyFits(given: string, tokens: readonly string[]): boolean {
  return tokens.map((token) => verifyToken(given, token)).includes(true);
}

/**
 * What a signature says about a request: `missing` without signature or timestamp, `bad` when no secret
 * made it, `stale` when it is genuine but too old or too far ahead.
 */
export type SignatureVerdict = 'ok' | 'missing' | 'stale' | 'bad';

export interface SignedRequest {
  /** `X-Chatwoot-Signature`: `sha256=` and 64 lower-case hex digits. */
  signature: string | undefined;
  /** `X-Chatwoot-Timestamp`: seconds since 1970, decimal. */
  timestamp: string | undefined;
  /** The bytes as received: parsing and writing them again gives other bytes, because Rails escapes `<`. */
  body: Buffer;
}

export interface SignatureRules {
  /** Several during a rotation; the key is the secret's text as shown, not decoded. */
  secrets: readonly string[];
  toleranceSeconds: number;
  now: Date;
}

const FORM = /^sha256=([0-9a-f]{64})$/;
const SECONDS = /^\d{1,15}$/;

/** What can be said of a signature without the body: whether it is there, and has the form of one. */
function signatureForm({
  signature,
  timestamp,
}: Pick<SignedRequest, 'signature' | 'timestamp'>): 'missing' | 'bad' | 'complete' {
  if (!signature || !timestamp) return 'missing';
  return FORM.test(signature) && SECONDS.test(timestamp) ? 'complete' : 'bad';
}

/** HMAC-SHA256 of `timestamp.rawbody`, as Chatwoot has signed its webhooks since 4.12. */
export function verifySignature(request: SignedRequest, rules: SignatureRules): SignatureVerdict {
  const form = signatureForm(request);
  if (form !== 'complete') return form;
  const { signature = '', timestamp = '', body } = request;
  const given = Buffer.from(FORM.exec(signature)?.[1] ?? '', 'hex');
  let genuine = false;
  for (const secret of rules.secrets) {
    const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
    // No early exit: the time taken does not tell which secret fitted.
    if (timingSafeEqual(expected, given)) genuine = true;
  }
  if (!genuine) return 'bad';
  const ageSeconds = rules.now.getTime() / 1000 - Number(timestamp);
  return Math.abs(ageSeconds) <= rules.toleranceSeconds ? 'ok' : 'stale';
}

/** Whether the token in the webhook's URL is the configured one; the time taken does not depend on either text. */
export function verifyToken(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}

/** A webhook of Chatwoot that leads here, and how a request proves that it is that webhook's. */
export interface Hook {
  /** Of the account, or of one API inbox: each has a secret of its own. */
  kind: 'webhook' | 'api_inbox';
  /** Chatwoot's number of the webhook or the inbox, decimal. */
  hookId: string;
  /** A Chatwoot before 4.12 (API inboxes: 4.13) cannot sign: its address carries a token instead. */
  proof: 'signature' | 'token';
  secret: string;
}

/** The same as stored: null when there is a secret that cannot be read here. */
export type StoredHook = Omit<Hook, 'secret'> & { secret: string | null };

/** What a webhook may be proved with. */
export interface Credentials {
  secrets: readonly string[];
  tokens: readonly string[];
  /** false: there may be others that this process could not read, so nobody can be called wrong. */
  complete: boolean;
}

/** The settings' secrets and token together with those of the webhooks that were connected. */
export function credentialsOf(
  config: Pick<Config, 'CHATWOOT_WEBHOOK_SECRET' | 'CHATWOOT_WEBHOOK_TOKEN'>,
  hooks: readonly StoredHook[],
  complete: boolean,
): Credentials {
  const of = (proof: Hook['proof']) =>
    hooks.flatMap((hook) => (hook.proof === proof && hook.secret !== null ? [hook.secret] : []));
  const { CHATWOOT_WEBHOOK_SECRET: secrets, CHATWOOT_WEBHOOK_TOKEN: token } = config;
  return {
    secrets: [...new Set([...secrets, ...of('signature')])],
    tokens: [...new Set([...(token ? [token] : []), ...of('token')])],
    complete,
  };
}
