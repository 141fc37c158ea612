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

export const ORDINARY_LISTS: ListSettings = {
  pageSize: 25,
  msPerConversation: 0,
  brokenPages: new Set(),
  brokenConversations: new Set(),
  beforePage: () => undefined,
};

/** Rails ends a request after that long. */
export const REQUEST_TIMEOUT_MS = 15_000;
