import { type DeadLetterFilter, filterFromParams } from '../../features/delivery/dead-letters/selection.ts';
import type { Range } from '../../features/overview/overview-view.ts';

/** A dead letter as the browser gets it: the rows of the list with their times as ISO texts. */
export interface DeadLetterItem {
  id: number;
  event: string;
  conversation: string | null;
  /** `<account>:<contact id>` */
  customer: string | null;
  customerName: string | null;
  /** No person wrote it. */
  fromMachine: boolean;
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

/** Rows of a page: with all that stands below them they fit into three screens, on a phone into six. */
const PAGE_SIZE = 8;
/** Further pages would only ever be asked for by a mistyped address. */
const MAX_PAGE = 100_000;

export interface ListRequest {
  query: {
    state: ListState;
    filter: DeadLetterFilter;
    sort: DeadLetterListing['sort'];
    page: number;
    pageSize: number;
  };
  /** The filter was not understood; nothing is filtered then. */
  filterProblem: string | null;
}

/** What the page's URL asks of the dead letter list; anything unknown means its default. */
export function parseList(params: URLSearchParams, now: Date): ListRequest {
  const filter = filterFromParams(params, now);
  const page = Number(params.get('page') ?? 1);
  return {
    query: {
      state: oneOf(params.get('state'), ['open', 'replayed', 'discarded']),
      sort: oneOf(params.get('sort'), ['newest', 'oldest', 'attempts']),
      filter: filter.ok ? filter.value : {},
      page: Number.isInteger(page) && page >= 1 && page <= MAX_PAGE ? page : 1,
      pageSize: PAGE_SIZE,
    },
    filterProblem: filter.ok ? null : filter.problem,
  };
}

export function parseRange(params: URLSearchParams): Range {
  return oneOf(params.get('range'), ['1h', '24h', '7d']);
}

/** The value if it is one of them, else the first. */
function oneOf<T extends string>(value: string | null, known: readonly [T, ...T[]]): T {
  return known.find((candidate) => candidate === value) ?? known[0];
}
