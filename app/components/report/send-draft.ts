import { reportNoticeText } from '../../features/report/report-notices.ts';

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
