import { IncomingWebhook, type FetchFunction } from '@slack/webhook';
import type { Services } from '../../../../lib/services.server.ts';
import type { OutboundAnswer } from '../../../../lib/http/outbound.server.ts';
import { slackConvention } from '../conventions.ts';
import { secretsOfUrl } from '../hide-secrets.ts';
import type { Outgoing } from '../../message.ts';
import { secretsIn } from '../../message-words.ts';
import type { SendAnswer } from '../../decide-after-send.ts';
import { slackMessage } from './slack-message.ts';
import type { Target } from '../../channel.ts';
import { judgeAnswer, postOnce } from '../post-once.server.ts';

/**
 * Posts to a Slack incoming webhook with Slack's own library. Its HTTP goes through our client: an address that was set in
 * the app is guarded like every other, and the library throws away the Retry-After that we need.
 */
export async function sendToSlack(
  config: Services['config'],
  { url, guarded }: Extract<Target, { kind: 'slack' }>,
  outgoing: Outgoing,
  now: Date,
): Promise<SendAnswer> {
  let answer: OutboundAnswer = { outcome: 'failed', error: new Error('nothing was sent') };
  const fetch: FetchFunction = async (to, init) => {
    answer = await postOnce(config, {
      url: String(to),
      headers: init?.headers ?? {},
      body: typeof init?.body === 'string' ? init.body : '',
      guarded,
    });
    if (answer.outcome === 'answered') return responseOf(answer);
    throw new Error(answer.outcome);
  };
  // What it throws is told by the answer.
  await new IncomingWebhook(url, { fetch }).send(slackMessage(outgoing)).catch(() => undefined);
  return judgeAnswer(answer, slackConvention, {
    secrets: [...secretsOfUrl(url), ...secretsIn(outgoing)],
    now,
  });
}

function responseOf({ status, body, url }: Extract<OutboundAnswer, { outcome: 'answered' }>) {
  const response = new Response(status === 204 ? null : new Uint8Array(body), { status });
  return Object.assign(response, { url });
}
