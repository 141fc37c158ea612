import { type FetchFunction, IncomingWebhook, type IncomingWebhookSendArguments } from '@slack/webhook';
import type { OutboundAnswer } from '../../../../lib/http/outbound.server.ts';
import type { Services } from '../../../../lib/services.server.ts';
import { cut } from '../../../../lib/visible.ts';
import type { Target } from '../../channel.ts';
import type { SendAnswer } from '../../decide-after-send.ts';
import {
  ACKNOWLEDGE,
  earlierLines,
  factsOf,
  linkOf,
  markedHeadline,
  secretsIn,
  sentenceOf,
  utcText,
} from '../../message-words.ts';
import type { Outgoing } from '../../message.ts';
import { slackConvention } from '../conventions.ts';
import { judgeAnswer, postOnce, secretsOfUrl } from '../post-once.server.ts';

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

/** Slack's limits: https://docs.slack.dev/reference/block-kit/blocks */
const LIMITS = { header: 150, section: 3000, fields: 10, field: 2000, text: 3000, blocks: 50 };

/**
 * Slack's form of a message. Slack has no threads for webhooks, so the header names the incident each time, and
 * updates that were folded into this message are listed in it.
 */
export function slackMessage(outgoing: Outgoing): IncomingWebhookSendArguments {
  const { message, earlier } = outgoing;
  const sentence = sentenceOf(outgoing);
  const marked = markedHeadline(outgoing);
  const link = linkOf(outgoing);
  const linkText = link.url ? `<${link.url}|${link.words}>` : mrkdwn(link.words, LIMITS.section);
  const facts = factsOf(outgoing);
  const blocks: NonNullable<IncomingWebhookSendArguments['blocks']> = [
    { type: 'header', text: { type: 'plain_text', text: cut(marked, LIMITS.header), emoji: true } },
    section(mrkdwn(sentence, LIMITS.section)),
  ];
  for (let at = 0; at < facts.length && blocks.length < LIMITS.blocks - 4; at += LIMITS.fields) {
    const fields = facts.slice(at, at + LIMITS.fields).map(({ label, value }) => ({
      type: 'mrkdwn' as const,
      text: `*${mrkdwn(label, 200)}*\n${mrkdwn(value, LIMITS.field - 210)}`,
    }));
    blocks.push({ type: 'section', fields });
  }
  if (earlier.length > 0) {
    const lines = earlierLines(earlier).map((line) => `• ${line}`);
    blocks.push(section(`*Before this*\n${mrkdwn(lines.join('\n'), LIMITS.section - 20)}`));
  }
  if (outgoing.acknowledge)
    blocks.push(section(`*<${outgoing.acknowledge}|${ACKNOWLEDGE.words}>* ${ACKNOWLEDGE.hint}`));
  blocks.push(section(linkText), {
    type: 'context',
    elements: [{ type: 'mrkdwn', text: mrkdwn(utcText(message.at), 100) }],
  });
  return {
    text: mrkdwn(`${marked}. ${sentence}`, LIMITS.text),
    blocks,
    unfurl_links: false,
    unfurl_media: false,
  };
}

const section = (text: string) => ({ type: 'section' as const, text: { type: 'mrkdwn' as const, text } });

/** Slack's three control characters as entities; cut so that no entity is broken. */
function mrkdwn(text: string, limit: number): string {
  const escaped = text
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
  // A text may not be empty.
  if (escaped === '') return ' ';
  return escaped.length <= limit ? escaped : `${cut(escaped, limit - 1).replace(/(&[a-z]{0,3})?…$/, '')}…`;
}
