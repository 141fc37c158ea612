import type { Credentials } from './credentials/hook.ts';
import { verifySignature, type SignedRequest } from './verify-signature.ts';
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
 * @returns null when the webhook is taken, else why it is not
 */
export function authenticateWebhook(
  request: SignedRequest & { token: string | null },
  rules: AuthenticationRules,
): AuthenticationFailure | null {
  const { secrets, tokens, complete, allowUnsigned } = rules;
  if (request.token && anyFits(request.token, tokens)) return null;
  const verdict = verifySignature(request, rules);
  if (verdict === 'ok') return null;
  if (verdict === 'stale') return 'stale_signature';
  if (allowUnsigned && (verdict === 'missing' || secrets.length === 0)) return null;
  if (!complete) return 'secrets_unreadable';
  const tokenFailure = request.token ? 'bad_token' : 'missing_token';
  if (secrets.length === 0) return tokens.length === 0 ? 'not_connected' : tokenFailure;
  if (verdict === 'bad') return 'bad_signature';
  return tokens.length > 0 && request.token ? 'bad_token' : 'missing_signature';
}

/** No early exit: the time taken does not tell which token fitted. */
function anyFits(given: string, tokens: readonly string[]): boolean {
  return tokens.map((token) => verifyToken(given, token)).includes(true);
}
