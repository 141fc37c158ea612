/** What an action on the gates tells the page it returns to: a code in the URL, never a sentence. */
const TEXTS = {
  gate_ticked: ['success', 'Ticked, with your name.'],
  gate_unticked: ['success', 'The tick is taken back.'],
  gate_unknown_item: ['warning', 'Not done: there is no such item for a person to tick.'],
  gate_unknown_incident: ['warning', 'There is no incident of that number.'],
  gate_not_understood: ['warning', 'Not done: the form was not understood.'],
  canary_started: ['success', 'The canary has started: its steps show below as they happen.'],
  canary_already_running: ['info', 'A canary runs already: follow it below.'],
  canary_not_connected: ['warning', 'The canary needs Chatwoot and the Agent service: connect them first.'],
  canary_approved: ['success', 'Approved: the canary publishes the reply.'],
  canary_rejected: ['success', 'Rejected: the canary has failed, and its conversation is resolved.'],
  canary_cancelled: ['success', 'The canary is cancelled, and its conversation is resolved.'],
  canary_not_waiting: ['info', 'Nothing done: the canary is at another step by now, or has ended.'],
} as const satisfies Record<string, readonly ['success' | 'info' | 'warning', string]>;

export type GateNotice = keyof typeof TEXTS;

/** Puts a notice into the query of the page's own path and takes an older one out. */
export function withGateNotice(path: string, code: GateNotice): string {
  const url = new URL(path, 'http://page');
  url.searchParams.delete('n');
  url.searchParams.set('notice', code);
  return `${url.pathname}${url.search}${url.hash}`;
}

/** The sentence of the notice in a page's query; null when there is none, or none of a gate. */
export function gateNoticeText(
  params: URLSearchParams,
): { tone: 'success' | 'info' | 'warning'; text: string } | null {
  const code = params.get('notice') ?? '';
  if (!Object.hasOwn(TEXTS, code)) return null;
  const [tone, text] = TEXTS[code as GateNotice];
  return { tone, text };
}
