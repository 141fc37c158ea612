import { headline, linkOf, threadSubject } from './compose.ts';
import type { Outgoing } from './outgoing.ts';

/**
 * Body of the generic webhook, by Standard Webhooks' advice: type, timestamp, data.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function webhookBody(outgoing: Outgoing): string {
  const { message, thread, incidentId, drill } = outgoing;
  return JSON.stringify({
    type: `outage.${message.kind}`,
    timestamp: message.at,
    data: {
      headline: headline(outgoing),
      subject: threadSubject(outgoing),
      thread,
      incident: incidentId,
      severity: message.severity,
      title: message.title,
      sentence: message.sentence,
      facts: message.facts,
      link: linkOf(outgoing).url,
      path: message.link,
      drill,
    },
  });
}

/** Its `webhook-id`: the same at every try, so that the receiver can leave repetitions out. */
export const webhookId = (id: number): string => `notification_${id}`;
