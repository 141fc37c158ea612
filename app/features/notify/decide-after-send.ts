/** How one try over a channel ended. */
export type SendAnswer =
  /** The other side took it; `answer` is what it said. */
  | { outcome: 'accepted'; answer: string }
  /** It may be taken later. */
  | { outcome: 'retry'; answer: string; retryAfterMs: number | null }
  /** It would be refused again. */
  | { outcome: 'refused'; answer: string }
  /** This channel has no form for it. */
  | { outcome: 'not_needed'; answer: string };

const BASE_MS = 2000;
const LONGEST_MS = 5 * 60_000;
/** A notifier that is away for a night is still told in the morning; after that nobody needs it. */
const GIVE_UP_HOURS = 24;
/** A wrong clock at the other side must not silence a channel. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;
/** So long a channel may fail before the next one of the same contact is used too. */
export const FALLBACK_AFTER_MS = 2 * 60_000;

export type AfterSend =
  | { state: 'accepted' | 'folded' | 'failed'; answer: string }
  | { state: 'queued'; answer: string; dueAt: Date };

/**
 * What becomes of a message after a try: exponential backoff from 2 s to 5 min with ±20 % jitter, for a day unless it is said.
 * @param attempts tries so far, this one included
 * @param random from 0 to 1
 */
export function decideAfterSend(
  result: SendAnswer,
  {
    attempts,
    createdAt,
    now,
    random,
    giveUpHours = GIVE_UP_HOURS,
  }: { attempts: number; createdAt: Date; now: Date; random: number; giveUpHours?: number },
): AfterSend {
  const { answer } = result;
  switch (result.outcome) {
    case 'accepted':
      return { state: 'accepted', answer };
    case 'not_needed':
      return { state: 'folded', answer };
    case 'refused':
      return { state: 'failed', answer };
    case 'retry': {
      if (now.getTime() - createdAt.getTime() >= giveUpHours * 3_600_000)
        return { state: 'failed', answer: `${answer} (given up after ${giveUpHours} h)` };
      const backoff = Math.min(LONGEST_MS, BASE_MS * 2 ** Math.min(attempts - 1, 20)) * (0.8 + 0.4 * random);
      const asked = Math.min(result.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
      return { state: 'queued', answer, dueAt: new Date(now.getTime() + Math.max(backoff, asked)) };
    }
  }
}
