import { findNotice, type NoticeText, type NoticeTexts } from '../../lib/notice.ts';

/** An item of a checklist as pages and the CLI show it: plain data, dates as ISO texts. */
export interface GateItem {
  key: string;
  title: string;
  done: boolean;
  /** When it was checked or ticked last. */
  at: string | null;
  /** Who ticked or started it; "Outage Center" for what the app checked. */
  by: string | null;
  /** What was seen, or, while it is not done, what is missing: a plain sentence. */
  evidence: string;
  durationMs: number | null;
  /** `app`: the app checks it; `canary`: the end-to-end canary proves it; `person`: somebody ticks it. */
  how: 'app' | 'canary' | 'person';
}

/** A tick by a person, or its withdrawal. */
export interface GateMark {
  item: string;
  done: boolean;
  at: Date;
  by: string;
  note: string | null;
}

/** What people tick on the restore checklist, by key. */
export const RESTORE_TICKS = {
  sla: 'SLA monitoring re-enabled',
  team: 'Team notified of restoration',
} as const;

/** What people tick on the recovery checklist, by key. */
export const RECOVERY_TICKS = {
  sla: 'SLA adherence of the affected period reviewed',
} as const;

/** Who is to be told after an outage: runbook section 4, "Stakeholder communication". */
export const STAKEHOLDER_TICKS = {
  management: 'Manager and CEO told of the resolution',
  status_page: 'Status page updated',
  summary: 'Internal incident summary sent',
  customers: 'Customers told, if warranted',
} as const;

/** Whether an item is one that a person ticks. */
export function isTickable(gate: 'restore' | 'recovery', item: string): boolean {
  return gate === 'restore'
    ? Object.hasOwn(RESTORE_TICKS, item)
    : Object.hasOwn(RECOVERY_TICKS, item) || Object.hasOwn(STAKEHOLDER_TICKS, item);
}

/** What an action on the gates tells the page it returns to: a code in the URL, never a sentence. */
const TEXTS = {
  gate_ticked: ['success', 'Ticked, with your name.'],
  gate_unticked: ['success', 'The tick is taken back.'],
  gate_unknown_item: ['warning', 'Not done: there is no such item for a person to tick.'],
  gate_unknown_incident: ['warning', 'There is no incident with that number.'],
  gate_not_understood: ['warning', 'Not done: the form was not understood.'],
  canary_started: ['success', 'The canary has started: its steps show below as they happen.'],
  canary_already_running: ['info', 'A canary runs already: follow it below.'],
  canary_not_connected: ['warning', 'The canary needs Chatwoot and the Agent service: connect them first.'],
  canary_approved: ['success', 'Approved: the canary publishes the reply.'],
  canary_rejected: ['success', 'Rejected: the canary has failed, and its conversation is resolved.'],
  canary_cancelled: ['success', 'The canary is cancelled, and its conversation is resolved.'],
  canary_not_waiting: ['info', 'Nothing done: the canary is at another step by now, or has ended.'],
} as const satisfies NoticeTexts;

export interface GateNotice {
  code: keyof typeof TEXTS;
}

/** The sentence of the notice in a page's query; null when there is none, or none of a gate. */
export const gateNoticeText = (params: URLSearchParams): NoticeText | null => findNotice(TEXTS, params);
