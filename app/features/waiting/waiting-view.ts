import type { ExactId } from '../../lib/chatwoot/chatwoot-values.ts';

/** Shapes that the page of the customers who wait is made of; times are ISO. */

const WAITING_SORTS = ['risk', 'since', 'assignee'] as const;
export type WaitingSort = (typeof WAITING_SORTS)[number];

const WAITING_FILTERS = ['all', 'unassigned', 'breached', 'soon'] as const;
export type WaitingFilter = (typeof WAITING_FILTERS)[number];

export interface WaitingItem {
  key: string;
  conversationId: ExactId;
  /** Null without the right to read texts, or when it is not known. */
  customerName: string | null;
  /** What the customer wrote last, its beginning on one line; null without the right to read texts, or when it is not on record. */
  lastMessage: string | null;
  /** Over which channel and inbox, in words; null when it is not known. */
  channel: string | null;
  status: string;
  waitingSince: string;
  /** When the SLA is breached. */
  dueAt: string;
  /** Whole seconds until then, rounded down; negative when it is breached. */
  secondsLeft: number;
  breached: boolean;
  /** It is the customer's first question, not a later one. */
  first: boolean;
  firstReplyAt: string | null;
  /** By a person or by a program; null when nobody has answered in public. */
  lastReply: { at: string; kind: 'agent' | 'bot'; by: string | null } | null;
  assignee: { id: ExactId; kind: 'agent' | 'bot'; name: string | null } | null;
  priority: string | null;
  labels: string[];
  /** In Chatwoot; null when it is not connected. */
  url: string | null;
}

/** A conversation in which only a machine waits. */
export interface MachineItem {
  key: string;
  conversationId: ExactId;
  since: string;
  /** In Chatwoot; null when it is not connected. */
  url: string | null;
}

export interface WaitingPage {
  items: WaitingItem[];
  /** That match the filter. */
  total: number;
  page: number;
  pages: number;
}

export interface WaitingFigures {
  /**
   * False until the first webhook was read, while reading is behind, and while what was there before is being counted: then the
   * numbers are unknown.
   */
  known: boolean;
  asOf: string | null;
  waiting: number | null;
  unassigned: number | null;
  breached: number | null;
  oldestSince: string | null;
  /** Of a person's answers in the last hour; null when there was none. */
  averageResponseSeconds: number | null;
  answeredLastHour: number | null;
  forecast: Forecast | null;
  /** Conversations in which only a machine waits: a bounce, a robot's notice, an out-of-office answer. In none of the numbers above. */
  machines: number | null;
  /** Conversations that Chatwoot counts as waiting and of which it is not known yet who wrote last; in none of the numbers; known while they are counted, too. */
  untold: number | null;
  /** Customers whose conversation was deleted in Chatwoot while they waited, within the last day. */
  gone: number;
  check: WaitingCheck;
  /** Customers in tickets kept by hand, who are in none of the numbers above; known also while those are not. */
  byHand: { waiting: number; breached: number; oldestSince: string | null };
  /** SLA_FIRST_RESPONSE, where Chatwoot has no policy of its own. */
  targetSeconds: number;
}

/** How what waits compares with Chatwoot's own list of open and pending conversations. */
export interface WaitingCheck {
  /** What was there before the first webhook is being counted: so many conversations of so many are read. */
  counting: {
    counted: number;
    total: number | null;
    step: 'lists' | 'messages';
    /** When it began. */
    since?: string;
  } | null;
  /** When the last check was done; null: never. */
  checkedAt: string | null;
  /** Why the one that runs does not get on; null when it does. */
  problem: string | null;
  /** Pages or conversations that Chatwoot could not show in the last one. */
  skipped: number;
}

/** SLA breaches in the next hour. */
export interface Forecast {
  /** Of those who wait now, if nobody answers any more. */
  ifNobodyAnswers: number;
  /** If people answer, and customers write, as they did in the last hour; null when nobody answered then. */
  atPresentPace: number | null;
}

export interface WaitingSample {
  at: string;
  /** Null: not measured in this time. */
  waiting: number | null;
  breached: number | null;
}

export interface WaitingListWish {
  sort: WaitingSort;
  filter: WaitingFilter;
  page: number;
}

/** What an address asks to see: `sort`, `show` and `page`; whatever is not understood is the default. */
export function waitingListOf(params: URLSearchParams): WaitingListWish {
  const page = Number(params.get('page') ?? 1);
  return {
    sort: WAITING_SORTS.find((sort) => sort === params.get('sort')) ?? 'risk',
    filter: WAITING_FILTERS.find((filter) => filter === params.get('show')) ?? 'all',
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** Everybody who waits for an answer of a person: in Chatwoot, and in tickets kept by hand. */
export interface CustomersWaiting {
  count: number;
  /** Longer than the target allows. */
  breached: number;
  /** More of them within the hour if nobody answers; those in tickets by hand are not foreseen. */
  dueSoon: number;
  /** Of these, as many will be late at the pace of the last hour; null: nobody answered then. */
  lateAtPace: number | null;
  unassigned: number;
  /** ISO; null: nobody waits. */
  oldestSince: string | null;
}

/** The one count of customers who wait for an answer; null while it is not known. */
export function customersWaiting(figures: WaitingFigures): CustomersWaiting | null {
  const { known, waiting, breached, unassigned, forecast, byHand, check } = figures;
  if (!known || check.counting) return null;
  // ISO times of one form sort as texts.
  const [oldestSince] = [figures.oldestSince, byHand.oldestSince].filter((at) => at !== null).sort();
  return {
    count: (waiting ?? 0) + byHand.waiting,
    breached: (breached ?? 0) + byHand.breached,
    dueSoon: forecast?.ifNobodyAnswers ?? 0,
    lateAtPace: forecast?.atPresentPace ?? null,
    unassigned: unassigned ?? 0,
    oldestSince: oldestSince ?? null,
  };
}

/** Address of the page with what is looked at; what is the default is left out. */
export function waitingUrl(wish: WaitingListWish & { range: WaitingRange }, hash = ''): string {
  const params = new URLSearchParams();
  if (wish.sort !== 'risk') params.set('sort', wish.sort);
  if (wish.filter !== 'all') params.set('show', wish.filter);
  if (wish.page > 1) params.set('page', String(wish.page));
  if (wish.range !== '1h') params.set('range', wish.range);
  const query = params.toString();
  return `/waiting${query && `?${query}`}${hash && `#${hash}`}`;
}

/** How far the chart of those who wait reaches back. */
export const WAITING_RANGES = {
  '1h': { hours: 1, words: '1 hour' },
  '24h': { hours: 24, words: '24 hours' },
  '7d': { hours: 168, words: '7 days' },
} as const;

export type WaitingRange = keyof typeof WAITING_RANGES;
