import { findNotice, type NoticeText, type NoticeTexts } from '../../lib/notice.ts';

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
