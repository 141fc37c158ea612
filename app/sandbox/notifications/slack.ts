import { startReceiver, type NotificationReceiver } from './notification-receiver.ts';

export interface SlackMessage {
  text: string;
  blocks?: SlackBlock[];
}

interface SlackBlock {
  type: string;
  text?: { type: string; text: string };
  fields?: { type: string; text: string }[];
  elements?: { type: string; text: string }[];
}

/** A simulated Slack incoming webhook, with the limits of https://docs.slack.dev/reference/block-kit/blocks. */
export function startSlack(): Promise<NotificationReceiver<SlackMessage>> {
  return startReceiver<SlackMessage>({
    path: '/services/T0SANDBOX/B0SANDBOX/sandboxsecretsandboxsecr',
    accepted: { status: 200, body: 'ok' },
    read(body) {
      const message = body as unknown as SlackMessage;
      if (typeof message.text !== 'string' || message.text === '')
        return { problem: 'It has no top-level text.', answer: 'no_text' };
      const wrong = (message.blocks ?? []).map(wrongWithBlock).find(Boolean);
      const problem = (message.blocks ?? []).length > 50 ? 'It has more than 50 blocks.' : wrong;
      return problem ? { problem, answer: 'invalid_blocks' } : { text: message.text, body: message };
    },
  });
}

function wrongWithBlock({ type, text, fields, elements }: SlackBlock): string | undefined {
  const tooLong = (limit: number, value = text?.text) =>
    value === undefined || value.length === 0 || value.length > limit;
  switch (type) {
    case 'header':
      return tooLong(150) || text?.type !== 'plain_text'
        ? 'Its header is not 1 to 150 plain characters.'
        : undefined;
    case 'section':
      if (text && tooLong(3000)) return 'A section is not 1 to 3000 characters.';
      if (!text && !fields) return 'A section has neither text nor fields.';
      if (fields && (fields.length > 10 || fields.some((field) => tooLong(2000, field.text))))
        return 'A section has more than 10 fields, or one that is not 1 to 2000 characters.';
      return undefined;
    case 'context':
      return elements && elements.length >= 1 && elements.length <= 10
        ? undefined
        : 'A context has not 1 to 10 elements.';
    default:
      return `There is no block "${type}".`;
  }
}
