import { Webhook } from 'standardwebhooks';
import type { Services } from '../../../../lib/services.server.ts';
import type { Target } from '../../channel.ts';
import type { SendAnswer } from '../../decide-after-send.ts';
import { factsOf, headline, linkOf, secretsIn, sentenceOf, threadSubject } from '../../message-words.ts';
import { oneLine } from '../../../../lib/visible.ts';
import type { Outgoing } from '../../message.ts';
import { webhookConvention } from '../conventions.ts';
import { secretsOfUrl } from '../hide-secrets.ts';
import { judgeAnswer, postOnce } from '../post-once.server.ts';

/** Posts to a webhook of the operator's choice, by Standard Webhooks; signed when it has a secret, as of `at`. */
export async function sendToWebhook(
  config: Services['config'],
  { url, secret, guarded }: Extract<Target, { kind: 'webhook' }>,
  outgoing: Outgoing,
  { now, at }: { now: Date; at: Date },
): Promise<SendAnswer> {
  const body = webhookBody(outgoing);
  const id = webhookId(outgoing.id);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
  };
  if (secret) headers['webhook-signature'] = new Webhook(secret).sign(id, at, body);
  const answer = await postOnce(config, { url, headers, body, guarded });
  const secrets = [...secretsOfUrl(url), ...secretsIn(outgoing), ...(secret ? [secret] : [])];
  return judgeAnswer(answer, webhookConvention, { secrets, now });
}

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
      title: oneLine(message.title),
      sentence: sentenceOf(outgoing),
      facts: factsOf(outgoing),
      link: linkOf(outgoing).url,
      path: message.link,
      ...(outgoing.acknowledge && { acknowledge: outgoing.acknowledge }),
      drill,
    },
  });
}

/** Its `webhook-id`: the same at every try, so that the receiver can leave repetitions out. */
const webhookId = (id: number): string => `notification_${id}`;
