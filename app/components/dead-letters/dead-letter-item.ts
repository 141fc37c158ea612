/** A dead letter as the browser gets it: the rows of the list with their times as ISO texts. */
export interface DeadLetterItem {
  id: number;
  event: string;
  conversation: string | null;
  /** `<account>:<contact id>` */
  customer: string | null;
  customerName: string | null;
  lastError: string | null;
  errorClass: string | null;
  status: number | null;
  attempts: number;
  receivedAt: string;
  deadAt: string;
  /** State of the event's delivery now. */
  state: 'pending' | 'delivered' | 'dead' | 'discarded';
  /** The unfinished replay that has claimed it. */
  replayId: number | null;
  answeredSince: boolean;
  resolvedSince: boolean;
  newerDelivered: boolean;
  discardedBy: string | null;
  discardReason: string | null;
}

export interface ClusterItem {
  cause: string;
  errorClass: string;
  status: number | null;
  event: string;
  count: number;
  conversations: number;
  newestAt: string;
}

export type ListState = 'open' | 'replayed' | 'discarded';

export interface DeadLetterListing {
  state: ListState;
  sort: 'newest' | 'oldest' | 'attempts';
  rows: DeadLetterItem[];
  total: number;
  totalIsMinimum: boolean;
  page: number;
  pageSize: number;
  /** How many dead letters are open in all, filtered or not. */
  open: number;
  /** Events and error classes to choose from in the filter. */
  clusters: ClusterItem[];
  /** The filter was not understood, in a sentence; the list is then unfiltered. */
  filterProblem: string | null;
}
