import type { Webhook } from './intake.ts';
import type { RejectionReason } from './rejection.ts';
import { createTokenThrottle } from './token-throttle.ts';

type Judge<T> = (webhook: T) => Promise<RejectionReason | null>;

/** The gate, with a limit on how many wrong tokens a caller may try; a signature is looked at whatever comes with it. */
export function guardTokens(gate: {
  failureByHead: Judge<Omit<Webhook, 'body'>>;
  failureOf: Judge<Webhook>;
}): {
  byHead: Judge<Omit<Webhook, 'body'>>;
  whole: Judge<Webhook>;
} {
  const throttle = createTokenThrottle();
  const guarded =
    <T extends Omit<Webhook, 'body'>>(judge: Judge<T>): Judge<T> =>
    async (webhook) => {
      const { token, caller, receivedAt } = webhook;
      if (!token || caller === undefined) return judge(webhook);
      const looked = throttle.allows(caller, receivedAt);
      // Not looked at is like not given: whoever signs as well is let in by the signature.
      const failure = await judge(looked ? webhook : { ...webhook, token: null });
      if (!looked) return failure && 'too_many_tokens';
      if (failure === 'bad_token' || failure === 'bad_signature') throttle.wrong(caller, receivedAt);
      if (!failure && 'body' in webhook) throttle.right(caller, receivedAt);
      return failure;
    };
  return { byHead: guarded(gate.failureByHead), whole: guarded(gate.failureOf) };
}
