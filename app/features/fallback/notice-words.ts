/** What the team is told when fallback mode goes on, wherever it is told. */
export function noticeOn(facts: { by: string; reason: string; email: string }): {
  title: string;
  sentence: string;
} {
  const { by, reason, email } = facts;
  return {
    title: 'Fallback mode is on: answer by hand',
    sentence: `${by} switched it on: ${reason}. There are no AI drafts; customers are sent to ${email}. Nothing is lost: what arrives waits.`,
  };
}

/** What the team is told when it goes off. */
export function noticeOff(facts: { by: string; reason: string }): { title: string; sentence: string } {
  return {
    title: 'Fallback mode is off: automation works again',
    sentence: `${facts.by} switched it off: ${facts.reason}. What waited goes out in order; messages that a person has answered get no AI draft.`,
  };
}

const CHANNELS: Record<string, string> = {
  slack: 'Slack (the team’s channel)',
  email: 'e-mail (the team’s address)',
  webhook: 'the team’s webhook',
};

/** The channels of a notice in words. */
export const channelWords = (kinds: readonly string[]): string =>
  kinds.map((kind) => CHANNELS[kind] ?? kind).join(', ');
