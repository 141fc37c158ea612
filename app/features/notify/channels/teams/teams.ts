import { cut } from '../../../../lib/visible.ts';
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
import { type Service, teamsConvention } from '../conventions.ts';

/** A message of Teams is at most 28 KB: https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook */
const LIMITS = { title: 300, text: 3000, facts: 20, label: 100, value: 300 };

/** Microsoft Teams, by the address of a workflow "When a Teams webhook request is received". */
export const teams: Service = {
  post: (outgoing, { url }) => ({ url, body: teamsCard(outgoing) }),
  convention: teamsConvention,
};

/** An Adaptive Card (https://adaptivecards.io/explorer/). Runs of text have no Markdown, so nothing in a message is a link of its own. */
function teamsCard(outgoing: Outgoing): object {
  const { message, earlier, acknowledge } = outgoing;
  const link = linkOf(outgoing);
  const facts = factsOf(outgoing).slice(0, LIMITS.facts);
  const actions = [
    ...(acknowledge ? [{ type: 'Action.OpenUrl', title: ACKNOWLEDGE.words, url: acknowledge }] : []),
    ...(link.url ? [{ type: 'Action.OpenUrl', title: link.words, url: link.url }] : []),
  ];
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      text({ text: cut(markedHeadline(outgoing), LIMITS.title), weight: 'Bolder', size: 'Medium' }),
      text({ text: cut(sentenceOf(outgoing), LIMITS.text) }),
      ...facts.map(({ label, value }) =>
        text({ text: `${cut(label, LIMITS.label)}: `, weight: 'Bolder' }, { text: cut(value, LIMITS.value) }),
      ),
      ...(earlier.length > 0
        ? [text({ text: cut(`Before this: ${earlierLines(earlier).join(' · ')}`, LIMITS.text) })]
        : []),
      ...(link.url ? [] : [text({ text: link.words })]),
      ...(acknowledge ? [text({ text: ACKNOWLEDGE.hint, isSubtle: true })] : []),
      text({ text: utcText(message.at), isSubtle: true, size: 'Small' }),
    ],
    ...(actions.length > 0 && { actions }),
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

const text = (...runs: { text: string; [look: string]: unknown }[]) => ({
  type: 'RichTextBlock',
  inlines: runs.map((run) => ({ type: 'TextRun', ...run })),
});
