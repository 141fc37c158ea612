import { readContent, type ReportContent } from '../../features/report/report-content.ts';

/** What somebody has typed and not saved, with the version it is based on. */
export interface UnsavedDraft {
  version: number;
  content: ReportContent;
  at: string;
}

/** Of one person in one tab: whoever signs in here next must not see it. */
export const unsavedKey = (incidentId: number, person: string) => `report/${incidentId}/${person}`;

/** What this tab has kept; null when there is nothing, or the browser keeps nothing. */
export function readUnsaved(key: string): UnsavedDraft | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null') as UnsavedDraft | null;
    return kept && { version: kept.version, content: readContent(kept.content), at: kept.at };
  } catch {
    return null;
  }
}

/** @returns whether the browser keeps it */
export function keepUnsaved(key: string, draft: UnsavedDraft): boolean {
  try {
    sessionStorage.setItem(key, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

export function dropUnsaved(key: string): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing has nothing to drop.
  }
}
