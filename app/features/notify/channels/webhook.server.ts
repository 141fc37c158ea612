import { Webhook } from 'standardwebhooks';
import type { Services } from '../../../lib/services.server.ts';
import { webhookConvention } from '../conventions.ts';
import { secretsOfUrl } from '../hide-secrets.ts';
import type { Outgoing } from '../outgoing.ts';
import type { SendAnswer } from '../retry-plan.ts';
import type { Target } from '../target.ts';
import { webhookBody, webhookId } from '../webhook-body.ts';
import { judgeAnswer, postOnce } from './http-answer.server.ts';

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
  const secrets = [...secretsOfUrl(url), ...(secret ? [secret] : [])];
  return judgeAnswer(answer, webhookConvention, { secrets, now });
}
