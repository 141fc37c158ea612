import { Webhook } from 'standardwebhooks';
import type { Services } from '../../../../lib/services.server.ts';
import type { Target } from '../../channel.ts';
import type { SendAnswer } from '../../decide-after-send.ts';
import { factsOf, headline, linkOf, secretsIn, sentenceOf, threadSubject } from '../../message-words.ts';
import { oneLine } from '../../../../lib/visible.ts';
import type { Outgoing } from '../../message.ts';
import { webhookConvention } from '../conventions.ts';
import { judgeAnswer, type Post, postOnce, secretsOfUrl } from '../post-once.server.ts';

type Hook = Pick<Extract<Target, { kind: 'webhook' }>, 'url' | 'secret'> & Pick<Post, 'guarded'>;

/** Posts to a webhook of the operator's choice, by Standard Webhooks; signed when it has a secret, as of `at`. */
export const sendToWebhook = (
  config: Services['config'],
  target: Extract<Target, { kind: 'webhook' }>,
  outgoing: Outgoing,
  times: { now: Date; at: Date },
): Promise<SendAnswer> =>
  postSigned(
    config,
    target,
    { id: webhookId(outgoing.id), body: webhookBody(outgoing), secrets: secretsIn(outgoing) },
    times,
  );

/** Posts a body by Standard Webhooks. @param message.secrets what must not stand in what is kept of the answer. @returns what that means */
export async function postSigned(
  config: Services['config'],
  hook: Hook,
  message: { id: string; body: string; secrets: readonly string[] },
  { now, at }: { now: Date; at: Date },
): Promise<SendAnswer> {
  const answer = await postOnce(config, signedPost(hook, message, at));
  const secrets = [...secretsOfUrl(hook.url), ...message.secrets, ...(hook.secret ? [hook.secret] : [])];
  return judgeAnswer(answer, webhookConvention, { secrets, now });
}

/** The request of Standard Webhooks. @param id the same at every try, so that the receiver can leave repetitions out */
export function signedPost(
  { url, secret, guarded }: Hook,
  { id, body }: { id: string; body: string },
  at: Date,
): Post {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
  };
  if (secret) headers['webhook-signature'] = new Webhook(secret).sign(id, at, body);
  return { url, headers, body, guarded };
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

/** Of a row in the outbox. */
export const webhookId = (id: number): string => `notification_${id}`;
