import type { ChatwootFailure } from '../../../lib/chatwoot/answer.ts';

/** How a proof that messages arrive ended. */
export type Proof =
  /** @property afterMs from writing the message to its webhook; `signed`, or proved by the token in the address */
  | { outcome: 'arrived'; afterMs: number; signed: boolean }
  /** Chatwoot took the message, and no webhook told of it. */
  | { outcome: 'missing'; wroteAt: Date; waitedMs: number }
  /** The message could not be written. */
  | { outcome: 'not_written'; what: ChatwootFailure; doing: string };

/** The last proof that messages arrive, for the page. */
export type ProofView =
  | { state: 'none' }
  | { state: 'running'; since: string }
  | {
      state: 'proved' | 'not_proved';
      at: string;
      sentence: string;
      cause: string | null;
      cure: string | null;
    };
