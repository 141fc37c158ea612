import { base32 } from '@better-auth/utils/base32';
import { createOTP } from '@better-auth/utils/otp';
import { until } from '../support/until.ts';

const STEP_MS = 30_000;

/** An authenticator app: shows codes of a key, each only once. */
export function authenticator(key: string): { next(): Promise<string> } {
  const otp = createOTP(new TextDecoder().decode(base32.decode(key)), { digits: 6, period: 30 });
  const shown = new Set<number>();
  return {
    next: () =>
      until(
        'there is a code that was not shown yet',
        async () => {
          const now = Math.floor(Date.now() / STEP_MS);
          // A code may come a little early: clocks differ.
          const step = [now, now + 1].find((candidate) => !shown.has(candidate));
          if (step === undefined) return null;
          shown.add(step);
          return otp.hotp(step);
        },
        2 * STEP_MS,
      ),
  };
}
