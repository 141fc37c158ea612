import type { ReportChart } from './report-view.ts';

/** A report as neutral pieces: every format is made of these, so that all say the same. Texts are plain, never markup. */
export interface ReportSection {
  id: string;
  title: string;
  blocks: ReportBlock[];
}

export type ReportBlock =
  | { kind: 'text'; text: string }
  /** Something that is missing, said so. */
  | { kind: 'gap'; text: string }
  | { kind: 'facts'; rows: [string, string][] }
  | { kind: 'table'; label: string; head: string[]; rows: string[][] }
  | { kind: 'chart'; chart: ReportChart };

export const NOT_MEASURED = 'not measured';
export const NOT_WRITTEN = 'Not written yet.';

/** A number in words; what is not known is never 0. */
export const measured = (n: number | null): string => (n === null ? NOT_MEASURED : n.toLocaleString('en-US'));
