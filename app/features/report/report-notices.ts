import { findNotice, type NoticeText, type NoticeTexts } from '../../lib/notice.ts';

/** What an action on a report tells the page it returns to: a code in the URL, never a sentence. */
const TEXTS = {
  report_saved: ['success', 'Saved as a new version.'],
  report_unchanged: ['info', 'Nothing has changed.'],
  report_kept_beside: [
    'warning',
    'Somebody else saved meanwhile. Your text is kept at the top of this page, beside theirs: bring over what is missing.',
  ],
  report_settled: ['success', 'That text is put away; it stays on record.'],
  report_report_signed: ['success', 'Signed, with your name. The report stays as it is now.'],
  report_report_reopened: ['success', 'The report is a draft again.'],
  report_action_added: ['success', 'The preventive action is added.'],
  report_action_changed: ['success', 'The preventive action is changed.'],
  report_not_found: ['warning', 'There is no incident with that number.'],
  report_merged: ['info', 'Nothing done: the incident was merged; its report is that of the other one.'],
  report_signed: ['info', 'Nothing done: the report is signed. Make it a draft again first.'],
  report_not_signed: ['info', 'Nothing done: the report is not signed.'],
  report_not_resolved: ['warning', 'Not signed: resolve the incident first.'],
  report_root_cause_missing: ['warning', 'Not signed: the root cause is missing.'],
  report_reason_missing: ['warning', 'Not done: a reason is missing.'],
  report_changed_meanwhile: ['info', 'Nothing done: somebody changed it meanwhile. Look again.'],
  report_no_such_aside: ['info', 'Nothing done: somebody has put that text away already.'],
  report_no_such_action: ['warning', 'There is no such preventive action.'],
  report_too_many_actions: ['warning', 'Not added: there are 100 already.'],
  report_not_understood: ['warning', 'Not done: a field is missing or is not what it should be.'],
} as const satisfies NoticeTexts;

export interface ReportNotice {
  code: keyof typeof TEXTS;
}

/** The sentence of the notice in a page's query; null when there is none, or none of a report. */
export const reportNoticeText = (params: URLSearchParams): NoticeText | null => findNotice(TEXTS, params);

/** The page goes back to the report as it is now: an older version is of no use after a change, nor is a form that was saved. */
export const afterChange = (code: ReportNotice['code']): string[] =>
  CLOSES.has(code) ? ['version', 'edit'] : ['version'];

const CLOSES: ReadonlySet<string> = new Set(['report_saved', 'report_unchanged', 'report_kept_beside']);
