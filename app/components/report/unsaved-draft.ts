import type { SectionKey } from '../../features/report/report-content.ts';
import { reportNoticeText } from '../../features/report/report-notices.ts';

/** What somebody has typed into a section and not saved, with the version it is based on. */
export interface UnsavedDraft {
  version: number;
  text: string;
  at: string;
}

/** Of one person in one tab: whoever signs in here next must not see it. */
export const unsavedKey = (incidentId: number, person: string, section: SectionKey) =>
  `report/${incidentId}/${person}/${section}`;

/** What this tab has kept; null when there is nothing, or the browser keeps nothing. */
export function readUnsaved(key: string): UnsavedDraft | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null') as UnsavedDraft | null;
    return typeof kept?.text === 'string' ? kept : null;
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

/** Nobody waits longer for an answer, ms. */
const TIMEOUT_MS = 20_000;
const SAFE = ['saved', 'unchanged', 'kept_beside'] as const;

export type SentDraft = { kept: (typeof SAFE)[number] } | { problem: string };

/** Sends what was written and says whether the app has it. Never throws: what was typed stays, whatever happens. */
export async function sendDraft(action: string, form: HTMLFormElement): Promise<SentDraft> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.append(name, value);
  try {
    const response = await fetch(action, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = (await response.json().catch(() => null)) as { outcome?: string; detail?: string } | null;
    const kept = SAFE.find((outcome) => outcome === answer?.outcome);
    if (kept) return { kept };
    const notice = reportNoticeText(new URLSearchParams({ notice: `report_${answer?.outcome}` }));
    return { problem: notice?.text ?? answer?.detail ?? `The app answered ${response.status}.` };
  } catch {
    return { problem: 'The app does not answer.' };
  }
}
