export interface ListingState {
  page: number;
  /** 1: from the newest activity down to the beginning of the time. 2: what moved to the front meanwhile. */
  pass: number;
  /** How many conversations the list had with the page before; null: none was read. */
  allCount: number | null;
}

export interface ReadPage {
  /** Conversations on it. How many a page has is a setting of Chatwoot's. */
  size: number;
  /** Of the whole list; null when it does not say. */
  allCount: number | null;
  /** Its last two are older than what is looked for, so all that follows is: one alone may be odd. */
  reachesEnd: boolean;
}

/**
 * Where to go on. Pages shift while they are read: what becomes active moves to the front, so the first pages are read a
 * second time; what is deleted makes later ones move up, so as many pages are read again as may hold what moved.
 */
export function nextPage(state: ListingState, read: ReadPage): 'listed' | { page: number; pass: number } {
  const { page, pass, allCount } = state;
  const isLast = read.size === 0 || read.reachesEnd;
  if (isLast) return pass === 1 ? { page: 1, pass: 2 } : 'listed';
  const gone = allCount === null || read.allCount === null ? 0 : allCount - read.allCount;
  if (gone > 0 && page > 1) return { page: Math.max(1, page - Math.ceil(gone / read.size)), pass };
  return { page: page + 1, pass };
}
