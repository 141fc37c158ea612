import { startReceiver, type NotificationReceiver } from './notification-receiver.ts';

export interface PagerDutyEvent {
  routing_key: string;
  event_action: 'trigger' | 'acknowledge' | 'resolve';
  dedup_key?: string;
  payload?: Record<string, unknown> & { summary: string; severity: string };
  links?: { href: string; text?: string }[];
}

const ACTIONS: unknown[] = ['trigger', 'acknowledge', 'resolve'];
const SEVERITIES = ['critical', 'error', 'warning', 'info'];

/** A simulated Events API v2: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ */
export function startPagerDuty(): Promise<NotificationReceiver<PagerDutyEvent>> {
  return startReceiver<PagerDutyEvent>({
    path: '/v2/enqueue',
    accepted: { status: 202, body: { status: 'success', message: 'Event processed' } },
    read(body) {
      const event = body as unknown as PagerDutyEvent;
      const problem = wrongWith(event);
      if (problem)
        return { problem, answer: { status: 'invalid event', message: problem, errors: [problem] } };
      return { text: `${event.event_action}: ${event.payload?.summary ?? event.dedup_key}`, body: event };
    },
  });
}

/** @param event what was sent: anything may be left out */
function wrongWith(event: Partial<PagerDutyEvent>): string | undefined {
  const { routing_key, event_action, dedup_key, payload, links } = event;
  if (!/^\w{32}$/.test(routing_key ?? '')) return 'The routing key is not 32 characters.';
  if (!ACTIONS.includes(event_action)) return `There is no action "${event_action}".`;
  if ((dedup_key ?? '').length > 255) return 'The dedup_key is over 255 characters.';
  if (event_action !== 'trigger') return dedup_key ? undefined : 'It has no dedup_key.';
  if (!payload?.summary || payload.summary.length > 1024) return 'The summary is not 1 to 1024 characters.';
  if (typeof payload.source !== 'string' || payload.source === '') return 'It has no source.';
  if (!SEVERITIES.includes(payload.severity)) return `There is no severity "${payload.severity}".`;
  if (links?.some(({ href }) => !URL.canParse(href))) return 'A link leads nowhere.';
  return undefined;
}
