import type { ChatwootNames } from './lost-webhook.ts';

/** A comparison that runs, as its row says. */
export interface ComparisonRun {
  id: number;
  /** By our clock. */
  since: Date;
  until: Date;
  cause: 'clock' | 'recovery' | 'person';
  /** Down to where the list is read; by our clock. */
  list_since: Date;
  /** When the first pass of that began. */
  list_began_at: Date;
  listed_at: Date | null;
  /** Null until a page is read. */
  names: ChatwootNames | null;
  page: number;
  pass: number;
  all_count: number | null;
  bad_pages: number;
  /** Of a gap: it looks at nothing else. */
  urgent: boolean;
}

export const RUN_COLUMNS = `
  id, since, until, cause, COALESCE(list_since, since) AS list_since,
  COALESCE(list_began_at, started_at) AS list_began_at, listed_at, NULLIF(names, '{}') AS names, page, pass, all_count, bad_pages, urgent`;
