import type { ChatwootServices } from '../control/control-api.ts';
import { type AccountState, createThrottle, type ThrottleLimit } from './api/answer.ts';
import { createVersion } from './version.ts';

/** In what state Chatwoot and what it stands on are. Each may change at any time. */
export interface Conditions {
  services: () => ChatwootServices;
  /**
   * `queue_failing`, `data_failing`: `/api` says so, and all else works. `redis_gone`, `redis_hanging`, `database_gone`: that
   * server is away, with answers as recorded.
   */
  setServices(services: ChatwootServices): void;
  /** The next so many looks at `/api` meet a connection that was not used before, and say "failing" of a database that works. */
  failIdleConnections(times: number): void;
  account: () => AccountState;
  setAccount(state: AccountState): void;
  lists: () => ListSettings;
  /** How lists of conversations behave; what is left out is as ever. */
  setLists(settings: Partial<ListSettings>): void;
  /** Limits the API by IP like rack-attack, `/api` and `/profile` too; null ends it. `/health` is exempt. */
  setThrottle(limit: ThrottleLimit | null): void;
  /** Requests that were answered 429. */
  throttledCount(): number;
  version(): string;
  /** Another release from now on, e.g. `3.16.0`, `4.2.0`, `4.11.0`, `4.15.1`, `4.18.0`. */
  setVersion(version: string): void;
  /** Its clock, unix ms: in `created_at`, the signature's timestamp and the Date of every answer. */
  now: () => number;
  /** @param offsetMs how far its clock is ahead of ours; behind when negative */
  setClock(offsetMs: number): void;
  /**
   * Filters webhook addresses in private networks, as 4.14 and later do unless they are told otherwise: nothing is posted and
   * only its own log says so. Earlier releases have no filter.
   */
  setAddressFilter(filters: boolean): void;
  addressFilter(): boolean;
}

export function createConditions(first: { version: string; clockOffsetMs: number }) {
  let services: ChatwootServices = 'ok';
  let idleConnections = 0;
  let account: AccountState = 'active';
  let lists = ORDINARY_LISTS;
  let { clockOffsetMs } = first;
  let filtersAddresses = false;
  const version = createVersion(first.version);
  const throttle = createThrottle(Date.now);

  const conditions: Conditions = {
    services: () => services,
    setServices(next) {
      services = next;
    },
    failIdleConnections(times) {
      idleConnections = times;
    },
    account: () => account,
    setAccount(state) {
      account = state;
    },
    lists: () => lists,
    setLists(settings) {
      lists = { ...ORDINARY_LISTS, ...settings };
    },
    setThrottle: (limit) => throttle.set(limit),
    throttledCount: () => throttle.refusedCount(),
    version: () => version.text(),
    setVersion: (text) => version.set(text),
    now: () => Date.now() + clockOffsetMs,
    setClock(offsetMs) {
      clockOffsetMs = offsetMs;
    },
    setAddressFilter(filters) {
      filtersAddresses = filters;
    },
    addressFilter: () => filtersAddresses,
  };
  return {
    conditions,
    version,
    throttle,
    meetsIdleConnection: () => idleConnections > 0 && idleConnections-- > 0,
  };
}

/** How Chatwoot's list of conversations behaves. */
export interface ListSettings {
  /** CONVERSATION_RESULTS_PER_PAGE. */
  pageSize: number;
  /**
   * How long each conversation of an answer takes, ms. A running one takes about 10: 0.25 s for a page, 5.4 s for 551 with
   * `updated_within`, which has no limit. What takes longer than 15 s answers 500.
   */
  msPerConversation: number;
  /** Pages that answer 500, from 1. */
  brokenPages: ReadonlySet<number>;
  /** Conversations that answer 500, alone and with the page on which they are. */
  brokenConversations: ReadonlySet<number>;
  /** Called before a page is made: what is written here shifts the pages while somebody reads them. */
  beforePage: (page: number) => void;
}

const ORDINARY_LISTS: ListSettings = {
  pageSize: 25,
  msPerConversation: 0,
  brokenPages: new Set(),
  brokenConversations: new Set(),
  beforePage: () => undefined,
};

/** Rails ends a request after that long. */
export const REQUEST_TIMEOUT_MS = 15_000;
