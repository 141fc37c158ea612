import { createHash } from 'node:crypto';
import { factsOf, headline, linkOf, sentenceOf, threadSubject } from '../../message-words.ts';
import { cut } from '../../../../lib/visible.ts';
import type { MessageKind, Outgoing } from '../../message.ts';

type Action = 'trigger' | 'acknowledge' | 'resolve';

/** PagerDuty keeps the state of an alert, not its story: what does not change the state is not sent. */
const ACTIONS: Record<MessageKind, Action | null> = {
  opened: 'trigger',
  raised: 'trigger',
  escalated: 'trigger',
  reopened: 'trigger',
  acknowledged: 'acknowledge',
  resolved: 'resolve',
  warning: 'trigger',
  warning_cleared: 'resolve',
  report_due: 'trigger',
  test: 'trigger',
  // A trigger now would raise an alert anew that somebody has closed there; the person's `resolved` closes it.
  recovered: null,
  fallback_on: null,
  fallback_off: null,
  public_update: null,
  update_due: null,
  subscription: null,
};

const SEVERITIES = { P0: 'critical', P1: 'error', P2: 'warning', warning: 'warning', info: 'info' } as const;

/** https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ */
export interface PagerDutyEvent {
  routing_key: string;
  event_action: Action;
  dedup_key: string;
  payload?: {
    summary: string;
    source: string;
    severity: (typeof SEVERITIES)[keyof typeof SEVERITIES];
    timestamp: string;
    group: string;
    class: string;
    custom_details: Record<string, string>;
  };
  links?: { href: string; text: string }[];
  client?: string;
  client_url?: string;
}

/** PagerDuty's form of a message; null for one that changes nothing there. */
export function pagerDutyEvent(outgoing: Outgoing, routingKey: string): PagerDutyEvent | null {
  const { message, drill, appUrl } = outgoing;
  const action = ACTIONS[message.kind];
  if (action === null) return null;
  // A reminder is no outage: as the thread's own alert it would page for it again.
  const thread = message.kind === 'report_due' ? `${outgoing.thread}/report` : outgoing.thread;
  const head = { routing_key: routingKey, event_action: action, dedup_key: dedupKey(thread) };
  if (action !== 'trigger') return head;
  const link = linkOf(outgoing);
  const sentence = sentenceOf(outgoing);
  const details = [{ label: 'What', value: sentence }, ...factsOf(outgoing)];
  return {
    ...head,
    payload: {
      summary: cut(`${headline(outgoing)}. ${sentence}`, 1024),
      source: appUrl ? new URL(appUrl).host : 'outage-center',
      severity: SEVERITIES[message.severity],
      timestamp: message.at,
      group: cut(threadSubject(outgoing), 255),
      class: drill ? 'drill' : message.kind,
      custom_details: Object.fromEntries(
        details.map(({ label, value }) => [cut(label, 100), cut(value, 2000)]),
      ),
    },
    ...(link.url && { links: [{ href: link.url, text: link.words }] }),
    client: 'Outage Center',
    ...(appUrl && { client_url: appUrl }),
  };
}

/** The thread, which is at most 255 characters there; of a longer one enough, and its hash. */
export function dedupKey(thread: string): string {
  if (thread.length <= 255) return thread;
  return `${thread.slice(0, 190)}-${createHash('sha256').update(thread).digest('hex')}`;
}
