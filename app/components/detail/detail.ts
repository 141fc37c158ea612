/** Everything about one dead letter as the browser gets it, times as ISO texts. */
export interface Detail {
  id: number;
  seq: number;
  eventId: string;
  event: string;
  conversation: string | null;
  /** `<account>:<contact id>` */
  customer: string | null;
  customerName: string | null;
  receivedAt: string;
  deadAt: string;
  lastError: string | null;
  errorClass: string | null;
  status: number | null;
  cause: string | null;
  agentEndpoint: string | null;
  attemptsOfRun: number;
  entry: 'open' | 'replayed' | 'discarded';
  delivery: { state: string; deadLetter: number | null; replayId: number | null; finishedAt: string | null };
  discarded: { by: string; reason: string; at: string | null } | null;
  payload: { text: string; cut: boolean } | null;
  missing: { reason: 'removed'; afterDays: number } | { reason: 'unreadable' | 'not_allowed' } | null;
  headers: string[][];
  attempts: {
    number: number;
    run: number;
    kind: string;
    startedAt: string;
    durationMs: number;
    outcome: string;
    status: number | null;
    error: string | null;
    response: string | null;
    retryAfterMs: number | null;
  }[];
  since: {
    newerDelivered: number;
    lastDeliveredAt: string | null;
    answeredAt: string | null;
    resolvedAt: string | null;
  };
  replays: {
    replayId: number;
    createdAt: string;
    createdBy: string;
    reason: string | null;
    outcome: 'delivered' | 'dead' | 'skipped' | 'cancelled' | 'discarded' | null;
    finishedAt: string | null;
  }[];
}
