import { createHmac, timingSafeEqual } from 'node:crypto';

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
export function signatureForm({
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
