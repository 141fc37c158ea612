import { cut } from '../../../../lib/visible.ts';
import type { Outgoing } from '../../message.ts';
import {
  ACKNOWLEDGE,
  earlierLines,
  factsOf,
  linkOf,
  markedHeadline,
  sentenceOf,
} from '../../message-words.ts';
import { discordConvention, type Service } from '../conventions.ts';

/** https://discord.com/developers/docs/resources/message#embed-object-embed-limits: all texts together at most 6000. */
const LIMITS = { title: 256, sentence: 1500, earlier: 1000, fields: 10, name: 80, value: 160 };

/** Discord, by the address of a webhook of a channel; `wait` has it say what became of the message. */
export const discord: Service = {
  post(outgoing, place) {
    const url = new URL(place.url);
    url.searchParams.set('wait', 'true');
    return { url: url.href, body: discordMessage(outgoing) };
  },
  convention: discordConvention,
};

/** Nobody is mentioned, whatever a message says: https://discord.com/developers/docs/resources/webhook#execute-webhook */
export function discordMessage(outgoing: Outgoing): object {
  const { message, earlier, acknowledge } = outgoing;
  const link = linkOf(outgoing);
  const parts = [
    plain(sentenceOf(outgoing), LIMITS.sentence),
    ...(earlier.length > 0
      ? [`Before this: ${plain(earlierLines(earlier).join(' · '), LIMITS.earlier)}`]
      : []),
    ...(acknowledge ? [`**[${ACKNOWLEDGE.words}](${acknowledge})** ${ACKNOWLEDGE.hint}`] : []),
    link.url ? `[${link.words}](${link.url})` : plain(link.words, 200),
  ];
  return {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: plain(markedHeadline(outgoing), LIMITS.title),
        description: parts.join('\n\n'),
        fields: factsOf(outgoing)
          .slice(0, LIMITS.fields)
          .map(({ label, value }) => ({
            name: plain(label, LIMITS.name) || '-',
            value: plain(value, LIMITS.value) || '-',
            inline: true,
          })),
        timestamp: message.at,
      },
    ],
  };
}

/** A text in which nothing is Markdown or a mention; no escape is cut in two. */
const plain = (text: string, limit: number): string =>
  cut(text.toWellFormed().replaceAll(/[\\*_~`|[\]()<@]|:(?=\/\/)|^[-#>]/g, '\\$&'), limit).replace(
    /\\+(…?)$/,
    '$1',
  );
