import type { AttemptOutcome } from '../../lib/http/attempt-outcome.ts';
import { storableText } from '../../lib/storable.ts';

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

/**
 * The headers of a request to the Agent service, but for its trace and its signature: the same for who sends it and for who
 * looks at it afterwards.
 * @param attempt its number in all runs, from 1
 * @param fetchedAt null: it came by webhook
 */
export function requestHeaders(request: {
  eventId: string;
  attempt: number;
  startedAt: Date;
  late: boolean;
  fetchedAt: Date | null;
}): Record<string, string> {
  const { eventId, attempt, startedAt, late, fetchedAt } = request;
  return {
    'content-type': 'application/json',
    'x-forwarded-from': 'hotdash-app',
    'idempotency-key': eventId,
    'webhook-id': eventId,
    'webhook-timestamp': String(Math.floor(startedAt.getTime() / 1000)),
    'x-webhook-attempt': String(attempt),
    ...(late && { 'x-webhook-late': 'true' }),
    ...(fetchedAt && { 'x-webhook-fetched-at': fetchedAt.toISOString() }),
  };
}

const IN_WORDS: Partial<Record<AttemptResult['outcome'], string>> = {
  dns: 'The name of the Agent service could not be resolved',
  refused: 'The Agent service refused the connection',
  tls: 'No secure connection to the Agent service',
  reset: 'The Agent service broke the connection off',
  timeout: 'The Agent service did not answer in time',
  interrupted: 'A worker stopped before it recorded a result',
};

/** The last error of a delivery, in words first and the code after; never the answer's body. */
export function describeError({
  outcome,
  status,
  error,
}: Pick<AttemptResult, 'outcome' | 'status' | 'error'>): string {
  if (outcome === 'web_page')
    return `A web page with HTTP ${status} came in place of the Agent service's answer`;
  if (status !== null) return `The Agent service answered HTTP ${status}`;
  const words = IN_WORDS[outcome] ?? 'The attempt failed';
  return error ? `${words} (${storableText(error)})` : words;
}
