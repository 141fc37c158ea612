import { hash, timingSafeEqual } from 'node:crypto';

/** Whether the token in the webhook's URL is the configured one; the time taken does not depend on either text. */
export function verifyToken(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}
