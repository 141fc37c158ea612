import type { ChatwootNames } from './lost-webhook.ts';

/** A comparison that runs, as its row says. */
export interface ComparisonRun {
  id: number;
  /** By our clock. */
  since: Date;
  until: Date;
  cause: 'clock' | 'recovery' | 'person';
  started_at: Date;
  listed_at: Date | null;
  names: ChatwootNames;
  page: number;
  pass: number;
  all_count: number | null;
  bad_pages: number;
  /** Of a gap: it looks at nothing else. */
  urgent: boolean;
}

export const RUN_COLUMNS =
  'id, since, until, cause, started_at, listed_at, names, page, pass, all_count, bad_pages, urgent';
