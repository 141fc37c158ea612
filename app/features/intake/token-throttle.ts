/** Wrong tokens of one caller within a minute; after that its tokens are not looked at until the minute is over. */
const MAX_WRONG = 20;
const WINDOW_MS = 60_000;
/** A caller whose token was right is not shut out by the wrong ones of others behind the same proxy, for so long. */
const TRUSTED_MS = 24 * 3_600_000;
/** Callers that are remembered; the one seen longest ago is forgotten first. */
const MAX_CALLERS = 10_000;

/** Slows down guessing of the token in the webhook's address, in the memory of this process: it works without a database. */
export interface TokenThrottle {
  /** @returns whether a token of this caller is looked at now */
  allows(caller: string, now: Date): boolean;
  wrong(caller: string, now: Date): void;
  right(caller: string, now: Date): void;
}

export function createTokenThrottle(): TokenThrottle {
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
