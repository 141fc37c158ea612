import type { Credentials } from './credentials/hook.ts';
import {
  signatureForm,
  verifySignature,
  type SignatureVerdict,
  type SignedRequest,
} from './verify-signature.ts';
import { verifyToken } from './verify-token.ts';

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
