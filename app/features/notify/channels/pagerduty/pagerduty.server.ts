import { createHash } from 'node:crypto';
import type { Services } from '../../../../lib/services.server.ts';
import { cut } from '../../../../lib/visible.ts';
import type { Target } from '../../channel.ts';
import type { SendAnswer } from '../../decide-after-send.ts';
import { factsOf, headline, linkOf, sentenceOf, threadSubject } from '../../message-words.ts';
import type { MessageKind, Outgoing } from '../../message.ts';
import { pagerDutyConvention } from '../conventions.ts';
import { judgeAnswer, postOnce } from '../post-once.server.ts';

/** Sends an Events API v2 event to PAGERDUTY_EVENTS_URL, which is the operator's also for the routing key of a contact. */
export async function sendToPagerDuty(
  config: Services['config'],
  { eventsUrl, routingKey }: Extract<Target, { kind: 'pagerduty' }>,
  outgoing: Outgoing,
  now: Date,
): Promise<SendAnswer> {
  const event = pagerDutyEvent(outgoing, routingKey);
  if (event === null) return { outcome: 'not_needed', answer: 'Changes nothing in PagerDuty.' };
  const send = async (body: PagerDutyEvent) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await postOnce(config, {
      url: eventsUrl,
      headers,
      body: JSON.stringify(body),
      guarded: false,
    });
    return judgeAnswer(answer, pagerDutyConvention, { secrets: [routingKey], now });
  };
  const answer = await send(event);
  if (outgoing.message.kind !== 'test' || answer.outcome !== 'accepted') return answer;
  // A test leaves no alert behind, or says that it did.
  const dedup_key = dedupKey(outgoing.thread);
  const resolved = await send({ routing_key: routingKey, event_action: 'resolve', dedup_key });
  if (resolved.outcome === 'accepted') return answer;
  return { ...answer, answer: `${answer.answer} Resolve the test's alert by hand: ${resolved.answer}` };
}

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
