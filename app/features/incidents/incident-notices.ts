import { findNotice, type NoticeText, type NoticeTexts } from '../../lib/notice.ts';

/**
 * What an action on an incident tells the page it returns to. In the URL it is a code and a number.
 */
const TEXTS = {
  incident_opened: ['success', (n) => `Incident ${n} is open. Everybody who has to know is being told.`],
  incident_already_open: ['info', (n) => `Incident ${n} with this cause is open already: continue there.`],
  incident_acknowledged: [
    'success',
    () => 'You are on it. Everybody who was told hears that, and no more responders are called.',
  ],
  incident_already_acknowledged: ['info', () => 'Somebody else took it already.'],
  incident_assigned: ['success', () => 'Assigned.'],
  incident_severity_changed: ['success', () => 'The severity is changed.'],
  incident_noted: ['success', () => 'The note is in the timeline.'],
  incident_resolved: ['success', () => 'Resolved. The incident report is due within 24 hours.'],
  incident_still_firing: [
    'warning',
    () => 'Not resolved: a rule of it still fires. Wait until it has cleared, or give a reason to override.',
  ],
  incident_not_verified: [
    'warning',
    () => 'Not resolved: its recovery is not proved yet. Verify it, or give a reason to override.',
  ],
  incident_reopened: ['success', () => 'It is open again.'],
  incident_other_open: [
    'info',
    (n) => `Incident ${n} with the same cause has been opened since: continue there.`,
  ],
  incident_merged: ['success', (n) => `Merged into incident ${n}, where it goes on.`],
  incident_same_incident: ['warning', () => 'Not merged: it cannot be merged into itself.'],
  incident_checked: ['success', () => 'Checked: the result is shown with the step.'],
  incident_check_failed: ['warning', () => 'Checked, and not good yet: the result is shown with the step.'],
  incident_marked: ['success', () => 'The step is marked.'],
  incident_no_such_step: ['warning', () => 'There is no such step in the guide of this incident.'],
  incident_not_found: ['warning', () => 'There is no incident with that number.'],
  incident_wrong_state: ['info', () => 'Nothing done: it was resolved or merged meanwhile.'],
  incident_changed_meanwhile: ['info', () => 'Nothing done: somebody changed it meanwhile. Look again.'],
  incident_text_missing: ['warning', () => 'Not done: a text or a reason is missing.'],
  incident_not_understood: ['warning', () => 'Not done: the form was not understood.'],
} as const satisfies NoticeTexts;

export interface IncidentNotice {
  code: keyof typeof TEXTS;
  n?: number;
}

/** The sentence of the notice in a page's query; null when there is none, or none of an incident. */
export const incidentNoticeText = (params: URLSearchParams): NoticeText | null => findNotice(TEXTS, params);
