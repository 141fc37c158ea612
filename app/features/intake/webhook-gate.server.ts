import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { authenticateWebhook, type AuthenticationFailure } from './authenticate-webhook.ts';
import { openWebhookCredentials, type WebhookCredentials } from './credentials/webhook-credentials.server.ts';
import type { Webhook, RejectionReason } from './intake.ts';

export interface WebhookGate {
  /** @returns null when the webhook is taken, else why it is not */
  failureOf(webhook: Webhook): Promise<AuthenticationFailure | null>;
  /** The same before the body is read; null when that depends on the body. */
  failureByHead(head: Omit<Webhook, 'body'>): Promise<AuthenticationFailure | null>;
  credentials(): ReturnType<WebhookCredentials['state']>;
}

/**
 * Who is let in. Nothing is refused before what this process knows was read again: connected anew a moment ago, or
 * Chatwoot's clock measured by another process.
 * @param ask runs one statement on the intake's own connection, with a deadline
 */
export function openWebhookGate(
  services: Pick<Services, 'config' | 'log' | 'chatwootClock'>,
  ask: <T>(statement: (client: pg.Client) => Promise<T>) => Promise<T>,
): WebhookGate {
  const { config, chatwootClock } = services;
  const credentials = openWebhookCredentials(services, ask);

  /** How old a signature is, is said by Chatwoot's clock, which may be another than ours. */
  function judge(
    { headers, token, receivedAt }: Omit<Webhook, 'body'>,
    body: Buffer | null,
  ): AuthenticationFailure | null {
    const request = {
      signature: headers['x-chatwoot-signature'],
      timestamp: headers['x-chatwoot-timestamp'],
      token,
      body,
    };
    const failureAt = (now: Date) =>
      authenticateWebhook(request, {
        ...credentials.current(),
        allowUnsigned: config.CHATWOOT_WEBHOOK_ALLOW_UNSIGNED,
        toleranceSeconds: config.CHATWOOT_WEBHOOK_TOLERANCE_SECONDS,
        now,
      });
    // By ours too: when Chatwoot's clock is set right, the difference is known only with its next answer.
    const failure = failureAt(receivedAt);
    return failure === 'stale_signature' ? failureAt(chatwootClock.there(receivedAt)) : failure;
  }

  async function judgeTwice(head: Omit<Webhook, 'body'>, body: Buffer | null) {
    const failure = judge(head, body);
    if (!failure) return null;
    const again = failure === 'stale_signature' ? chatwootClock.refresh() : credentials.lookAgain();
    await Promise.race([again, delay(config.DATABASE_TIMEOUT_MS, undefined, { ref: false })]);
    return judge(head, body);
  }

  return {
    credentials: () => credentials.state(),
    failureByHead: (head) => judgeTwice(head, null),
    failureOf: (webhook) => judgeTwice(webhook, webhook.body),
  };
}

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

/** Wrong tokens of one caller within a minute; after that its tokens are not looked at until the minute is over. */
const MAX_WRONG = 20;
const WINDOW_MS = 60_000;
/** A caller whose token was right is not shut out by the wrong ones of others behind the same proxy, for so long. */
const TRUSTED_MS = 24 * 3_600_000;
/** Callers that are remembered; the one seen longest ago is forgotten first. */
const MAX_CALLERS = 10_000;

/** Slows down guessing of the token in the webhook's address, in the memory of this process: it works without a database. */
interface TokenThrottle {
  /** @returns whether a token of this caller is looked at now */
  allows(caller: string, now: Date): boolean;
  wrong(caller: string, now: Date): void;
  right(caller: string, now: Date): void;
}

function createTokenThrottle(): TokenThrottle {
  const callers = new Map<string, { wrong: number; windowEnds: number; trustedUntil: number }>();
  const at = (caller: string, now: number) => {
    const found = callers.get(caller);
    callers.delete(caller);
    if (callers.size >= MAX_CALLERS) callers.delete(callers.keys().next().value!);
    const trustedUntil = found?.trustedUntil ?? 0;
    const entry =
      found && found.windowEnds > now ? found : { wrong: 0, windowEnds: now + WINDOW_MS, trustedUntil };
    callers.set(caller, entry);
    return entry;
  };
  return {
    allows(caller, now) {
      const known = callers.get(caller);
      const time = now.getTime();
      return !known || known.windowEnds <= time || known.wrong < MAX_WRONG || known.trustedUntil > time;
    },
    wrong(caller, now) {
      at(caller, now.getTime()).wrong += 1;
    },
    right(caller, now) {
      at(caller, now.getTime()).trustedUntil = now.getTime() + TRUSTED_MS;
    },
  };
}

/**
 * Whom tokens are counted for: the client as far as trusted proxies tell, and what an untrusted one says of it besides, so
 * that strangers behind a proxy do not shut out Chatwoot behind the same one.
 * @param forwarded X-Forwarded-For as it came
 * @param trusted TRUSTED_PROXIES
 */
export function tokenCaller(socketAddress: string, forwarded: string | undefined, trusted: number): string {
  const hops = (forwarded ?? '')
    .split(',')
    .map((hop) => hop.trim())
    .filter(Boolean);
  const way = [...hops, socketAddress];
  if (trusted === 0) return `${socketAddress} ${hops.at(-1) ?? ''}`;
  return way[Math.max(0, way.length - 1 - trusted)]!;
}
