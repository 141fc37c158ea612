import { verifySignature, type SignedRequest } from './verify-signature.ts';
import { verifyToken } from './verify-token.ts';

export type AuthenticationFailure =
  'missing_signature' | 'bad_signature' | 'stale_signature' | 'missing_token' | 'bad_token';

export interface AuthenticationRules {
  secrets: readonly string[];
  /** For senders that cannot sign: Chatwoot before 4.12, automation rules and macros. */
  token: string | undefined;
  toleranceSeconds: number;
  now: Date;
}

/**
 * A signature by one of the secrets or the token in the URL: either suffices. With neither configured
 * everything is let in, and the page says so.
 * @returns null when the webhook is genuine, else why it is not taken
 */
export function authenticateWebhook(
  request: SignedRequest & { token: string | null },
  rules: AuthenticationRules,
): AuthenticationFailure | null {
  const { secrets, token } = rules;
  if (secrets.length === 0 && !token) return null;
  if (token && request.token && verifyToken(request.token, token)) return null;
  const tokenFailure = request.token ? 'bad_token' : 'missing_token';
  if (secrets.length === 0) return tokenFailure;
  const verdict = verifySignature(request, rules);
  switch (verdict) {
    case 'ok':
      return null;
    case 'missing':
      return token && request.token ? 'bad_token' : 'missing_signature';
    case 'stale':
      return 'stale_signature';
    case 'bad':
      return 'bad_signature';
  }
}
