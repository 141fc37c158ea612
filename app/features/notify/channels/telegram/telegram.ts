import { cut, escapeHtml } from '../../../../lib/visible.ts';
import type { Outgoing } from '../../message.ts';
import {
  ACKNOWLEDGE,
  earlierLines,
  factsOf,
  linkOf,
  markedHeadline,
  sentenceOf,
  utcText,
} from '../../message-words.ts';
import { type Service, telegramConvention } from '../conventions.ts';

/** All of a message is at most 4096 characters as they are read: https://core.telegram.org/bots/api#sendmessage */
const LIMITS = { title: 300, sentence: 1200, earlier: 800, facts: 8, label: 60, value: 100 };

/** Telegram, by a bot of the operator's that may write to a chat. */
export const telegram: Service = {
  post: (outgoing, { url, to }) => ({
    url,
    body: {
      chat_id: to,
      text: telegramHtml(outgoing),
      parse_mode: 'HTML',
      // Nobody at Telegram looks at a link that was meant for one.
      link_preview_options: { is_disabled: true },
    },
  }),
  convention: telegramConvention,
};

/** In Telegram's HTML: https://core.telegram.org/bots/api#html-style */
function telegramHtml(outgoing: Outgoing): string {
  const { message, earlier, acknowledge } = outgoing;
  const link = linkOf(outgoing);
  const facts = factsOf(outgoing).slice(0, LIMITS.facts);
  return [
    `<b>${html(markedHeadline(outgoing), LIMITS.title)}</b>`,
    html(sentenceOf(outgoing), LIMITS.sentence),
    facts
      .map(({ label, value }) => `<b>${html(label, LIMITS.label)}:</b> ${html(value, LIMITS.value)}`)
      .join('\n'),
    earlier.length > 0 ? `Before this:\n${html(earlierLines(earlier).join('\n'), LIMITS.earlier)}` : '',
    acknowledge
      ? `<a href="${escapeHtml(acknowledge)}"><b>${ACKNOWLEDGE.words}</b></a> ${ACKNOWLEDGE.hint}`
      : '',
    link.url ? `<a href="${escapeHtml(link.url)}">${link.words}</a>` : html(link.words, 200),
    utcText(message.at),
  ]
    .filter(Boolean)
    .join('\n\n');
}

const html = (text: string, limit: number): string => escapeHtml(cut(text, limit));
