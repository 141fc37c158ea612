import type { DeadLetterFilter } from './selection.ts';
import type { PrettyText } from './shown-payload.ts';

/** `open` waits for a person, `replayed` moved on (delivered, on its way, or dead again as a new entry), `discarded` was put away. */
export type DeadLetterListState = 'open' | 'replayed' | 'discarded';
type DeadLetterSort = 'newest' | 'oldest' | 'attempts';

export interface DeadLetterQuery {
  state: DeadLetterListState;
  filter: DeadLetterFilter;
  sort: DeadLetterSort;
  /** From 1. */
  page: number;
  /** At most 100. */
  pageSize: number;
}

export interface DeadLetterRow {
  /** The number people and the CLI use: id of the fact that tells of it. */
  id: number;
  seq: number;
  event: string;
  conversation: string | null;
  customer: string | null;
  /** As Chatwoot had it when the event was sent. */
  customerName: string | null;
  /** No person wrote it: a bounce, an automatic answer. */
  fromMachine: boolean;
  lastError: string | null;
  errorClass: string | null;
  status: number | null;
  cause: string | null;
  /** Attempts of the run that ended in this dead letter. */
  attempts: number;
  /** Attempts of the event in all its runs so far. */
  attemptsTotal: number;
  receivedAt: Date;
  deadAt: Date;
  /** State of the event's delivery now. */
  state: 'pending' | 'delivered' | 'dead' | 'discarded';
  /** Number of the unfinished replay that has claimed this open entry. */
  replayId: number | null;
  answeredSince: boolean;
  resolvedSince: boolean;
  newerDelivered: boolean;
  discardedBy: string | null;
  discardReason: string | null;
}

export interface DeadLetterPage {
  rows: DeadLetterRow[];
  /** How many match; `totalIsMinimum` when counting stopped at COUNT_LIMIT. */
  total: number;
  totalIsMinimum: boolean;
  page: number;
  pageSize: number;
}

export interface DeadLetterCluster {
  /** `<errorClass>|<status or ->|<event>`: the value of the filter that shows exactly these. */
  cause: string;
  errorClass: string;
  status: number | null;
  event: string;
  count: number;
  conversations: number;
  oldestAt: Date;
  newestAt: Date;
}

interface DeadLetterAttempt {
  number: number;
  run: number;
  kind: string;
  startedAt: Date;
  durationMs: number;
  outcome: string;
  status: number | null;
  error: string | null;
  /** Beginning of the answer, control characters visible. */
  response: string | null;
  retryAfterMs: number | null;
}

/** Why there is no payload to show. */
export type MissingPayload =
  /** Removed after the retention time. */
  | { reason: 'removed'; afterDays: number }
  /** Encrypted with a key that is not configured, or damaged. */
  | { reason: 'unreadable' }
  /** A message in it was deleted in Chatwoot since; `unknown`: it may have been, what was told of it cannot be read. */
  | { reason: 'deleted' | 'unknown' }
  /** Whoever asks may not read texts. */
  | { reason: 'not_allowed' };

export interface DeadLetterDetail {
  id: number;
  seq: number;
  eventId: string;
  event: string;
  conversation: string | null;
  conversationKey: string;
  customer: string | null;
  customerName: string | null;
  receivedAt: Date;
  /** No webhook told of it: this app fetched it from Chatwoot, at `receivedAt`. */
  fetched: boolean;
  deadAt: Date;
  lastError: string | null;
  errorClass: string | null;
  status: number | null;
  cause: string | null;
  agentEndpoint: string | null;
  attemptsOfRun: number;
  /** `open` while this entry is the current one of its event; `replayed` when the event moved on. */
  entry: 'open' | 'replayed' | 'discarded';
  /** State of the event's delivery now, and number of its newest dead letter if it has one. */
  delivery: { state: string; deadLetter: number | null; replayId: number | null; finishedAt: Date | null };
  discarded: { by: string; reason: string; at: Date | null } | null;
  /** As received, indented, without credentials; null when it cannot be shown. */
  payload: PrettyText | null;
  missing: MissingPayload | null;
  headers: [name: string, value: string][];
  attempts: DeadLetterAttempt[];
  since: {
    newerDelivered: number;
    lastDeliveredAt: Date | null;
    answeredAt: Date | null;
    resolvedAt: Date | null;
  };
  replays: ReplayOfEvent[];
}

export interface ReplayOfEvent {
  replayId: number;
  deadLetter: number;
  createdAt: Date;
  createdBy: string;
  reason: string | null;
  outcome: 'delivered' | 'dead' | 'skipped' | 'cancelled' | 'discarded' | null;
  releasedAt: Date | null;
  finishedAt: Date | null;
}
