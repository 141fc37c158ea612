import type { SerializeFrom } from '@remix-run/node';
import type {
  DeadLetterCluster,
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetterRow,
} from '../../features/delivery/dead-letters/dead-letter-view.ts';
import { filterFromParams } from '../../features/delivery/dead-letters/selection.ts';
import type { Range } from '../../features/overview/overview-view.ts';

/** A dead letter as the browser gets it. */
export type DeadLetterItem = SerializeFrom<DeadLetterRow>;
export type ClusterItem = SerializeFrom<DeadLetterCluster>;

export type DeadLetterListing = SerializeFrom<DeadLetterPage> &
  Pick<DeadLetterQuery, 'state' | 'sort'> & {
    /** How many dead letters are open in all, filtered or not. */
    open: number;
    /** Events and error classes to choose from in the filter. */
    clusters: ClusterItem[];
    /** The filter was not understood, in a sentence; the list is then unfiltered. */
    filterProblem: string | null;
  };

/** Rows of a page: with all that stands below them they fit into three screens, on a phone into six. */
const PAGE_SIZE = 8;
/** Further pages would only ever be asked for by a mistyped address. */
const MAX_PAGE = 100_000;

export interface ListRequest {
  query: DeadLetterQuery;
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
