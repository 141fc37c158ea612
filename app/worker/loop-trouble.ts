import { visible } from '../lib/visible.ts';

/** Something that has not worked since a while, round after round. */
export interface LoopTrouble {
  /** For how long, ms, by a clock that nobody sets. */
  forMs: number;
  /** The last error, in one line without what it may quote. */
  cause: string;
}

export interface TroubleWatch {
  worked(): void;
  failed(error: unknown): void;
  /** Null while the last round worked. */
  current(): LoopTrouble | null;
}

const LONGEST_CAUSE = 200;

/** Remembers since when one thing fails; one round that works ends it. */
export function watchTrouble(): TroubleWatch {
  let since: number | null = null;
  let cause = '';
  return {
    worked: () => void (since = null),
    failed(error) {
      since ??= performance.now();
      cause = causeOf(error);
    },
    current: () => (since === null ? null : { forMs: performance.now() - since, cause }),
  };
}

/** PostgreSQL and others quote what they did not like, which may be a customer's words: those are left out. */
function causeOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const unquoted = message
    .replaceAll(/"[^"]*"?|'[^']*'/g, '…')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return visible(unquoted).slice(0, LONGEST_CAUSE) || 'unknown error';
}
