import type { PreventiveAction } from './preventive-action.ts';
import type { ReportContent } from './report-content.ts';

/** What the page edits: plain data, times as ISO texts. */
export interface ReportEditor {
  version: number;
  state: 'draft' | 'signed';
  content: ReportContent;
  updatedAt: string | null;
  updatedBy: string | null;
  versions: { version: number; at: string; by: string }[];
  /** Texts that were sent while somebody else saved, and nobody has brought in yet. */
  asides: { id: number; at: string; by: string; content: ReportContent }[];
  actions: PreventiveAction[];
}
