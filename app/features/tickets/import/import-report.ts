/** What an import did, row by row where it matters. */
export interface ImportReport {
  /** As it was recognised, for a person who sees wrong letters. */
  encoding: string;
  added: number;
  /** Rows that are tickets here already. */
  known: { line: number; ticket: string; note: string | null }[];
  /** Rows that were left out, each with its reason. */
  bad: { line: number; problem: string }[];
}

export type ImportProblem =
  'empty' | 'no_header' | 'too_many_rows' | 'too_large' | 'zone_unknown' | 'no_file';

export const IMPORT_PROBLEMS: Record<ImportProblem, string> = {
  no_file: 'Choose a file, or paste rows.',
  empty: 'There is nothing in it.',
  no_header:
    'No column "Customer" and no column "Issue" was found in its first line. Name the columns there: Ticket ID, Customer, Issue, Status, Response time.',
  too_many_rows: 'It has more than 5,000 rows: split it.',
  too_large: 'It is over 1 MB: split it.',
  zone_unknown: 'There is no such time zone.',
};
