import { filterFromParams, type DeadLetterFilter } from '../../features/delivery/dead-letters/selection.ts';
import type { Range } from '../../features/overview/overview.ts';
import type { DeadLetterListing, ListState } from './dead-letter-item.ts';

/** Rows of a page: about two screens. */
const PAGE_SIZE = 20;
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
