import type { AttemptOutcome } from '../../lib/attempt-outcome.ts';

/** A delivery whose lease this worker holds, with all that is needed to send it. */
export interface ClaimedDelivery {
  seq: number;
  eventId: string;
  /** X-Chatwoot-Delivery, for the log. */
  deliveryId: string | null;
  event: string;
  conversationKey: string;
  conversationId: string | null;
  run: number;
  /** Attempts this run has burned so far. */
  attempts: number;
  /** Attempts of all runs so far; the next one has this plus one as its number. */
  attemptsTotal: number;
  runStartedAt: Date;
  /** The replay that released it, if one did; its progress is recorded with the attempt. */
  replayId: number | null;
  /** A message that was written later has been delivered before it. */
  late: boolean;
  /** When it was fetched from Chatwoot's API, because its webhook never came; null: it came by webhook. */
  fetchedAt: Date | null;
  /** The received bytes. */
  body: Buffer;
  /** Messages are encrypted where they are stored: what is recorded about this one quotes none of it. */
  confidential: boolean;
  probe: boolean;
}

/** How one attempt ended. */
export interface AttemptResult {
  outcome: AttemptOutcome;
  status: number | null;
  /** The error in words; null for an answer. */
  error: string | null;
  /** First 4 KB of the answer. */
  response: string | null;
  retryAfterMs: number | null;
  startedAt: Date;
  durationMs: number;
}
