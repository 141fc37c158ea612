import type { Services } from '../../../../lib/services.server.ts';
import { pagerDutyConvention } from '../conventions.ts';
import type { Outgoing } from '../../message.ts';
import { dedupKey, pagerDutyEvent, type PagerDutyEvent } from './pagerduty-event.ts';
import type { SendAnswer } from '../../decide-after-send.ts';
import type { Target } from '../../channel.ts';
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
