import type {
  IncidentStatus,
  LadderRow,
  LateRun,
  TimelineLine,
} from '../../features/incidents/incident-view.ts';
import type { Tone } from '../../features/overview/overview-view.ts';
import { findNotice, type NoticeText, type NoticeTexts } from '../../lib/notice.ts';
import type { Severity } from '../../lib/severity.ts';
import { countText } from '../../lib/words.ts';

/** How bad a severity is, for icon and colour; the word stands beside them. */
export const SEVERITY_TONE: Record<Severity, Tone> = { P0: 'critical', P1: 'critical', P2: 'warning' };

export const SEVERITY_WORD: Record<Severity, string> = { P0: 'Critical', P1: 'High', P2: 'Medium' };

/** How an incident stands: an alert that has cleared is no end, a person says when it is over. */
export function statusOf(incident: { status: IncidentStatus; recoveredAt: string | null }): {
  tone: Tone;
  word: string;
} {
  switch (incident.status) {
    case 'merged':
      return { tone: 'unknown', word: 'Merged' };
    case 'resolved':
      return { tone: 'good', word: 'Resolved' };
    case 'open':
    case 'acknowledged':
      if (incident.recoveredAt) return { tone: 'info', word: 'Recovered, not resolved yet' };
      return incident.status === 'open'
        ? { tone: 'critical', word: 'Nobody is on it' }
        : { tone: 'warning', word: 'Being worked on' };
  }
}

const CAUSES: Record<string, string> = {
  chatwoot: 'Chatwoot',
  delivery: 'Delivery to the Agent service',
  intake: 'Webhook intake',
  network: 'This app’s own network',
};

/** What has failed: `chatwoot` → "Chatwoot". */
export function causeName(cause: string): string {
  if (cause.startsWith('target:')) return cause.slice('target:'.length);
  if (cause.startsWith('manual:')) return 'Opened by hand';
  return Object.hasOwn(CAUSES, cause) ? CAUSES[cause]! : cause;
}

export const LADDER_STATE: Record<LadderRow['state'], { tone: Tone; word: string }> = {
  told: { tone: 'good', word: 'Told' },
  next: { tone: 'warning', word: 'Next' },
  waiting: { tone: 'unknown', word: 'Later' },
  stopped: { tone: 'info', word: 'Not told: somebody is on it' },
  gap: { tone: 'critical', word: 'Nobody to tell' },
  cancelled: { tone: 'unknown', word: 'Not needed any more' },
};

/** Where a line of the timeline comes from. */
export const SOURCE_WORD: Record<TimelineLine['source'], string> = {
  probe: 'Health check',
  alert: 'Alert',
  escalation: 'Escalation',
  notification: 'Notification',
  person: 'Person',
  guide: 'Guide',
  fallback: 'Fallback',
  replay: 'Replay',
  system: 'System',
};

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

/** More runs than this are not named one by one. */
const NAMED = 6;

/**
 * "23 webhooks were answered too late for Chatwoot, in these minutes: 14:02 to 14:04 UTC, 14:30 to 14:31 UTC. It saw a failure;
 * they were kept."; null when there were none.
 */
export function lateAnswersText(runs: readonly LateRun[]): string | null {
  if (runs.length === 0) return null;
  const total = runs.reduce((sum, { count }) => sum + count, 0);
  const clock = (iso: string) => iso.slice(11, 16);
  const named = runs.slice(0, NAMED).map(({ from, to }) => `${clock(from)} to ${clock(to)} UTC`);
  const more = runs.length > NAMED ? ` and ${runs.length - NAMED} later times` : '';
  const [were, they] = total === 1 ? ['was', 'it was'] : ['were', 'they were'];
  return `${countText(total, 'webhook')} ${were} answered too late for Chatwoot, in these minutes: ${named.join(', ')}${more}. It saw a failure; ${they} kept.`;
}
