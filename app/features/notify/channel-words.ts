import type { Channel } from './message.ts';

/** A kind of channel as people call it. */
export const CHANNEL_WORDS: Record<Channel['kind'], string> = {
  slack: 'Slack',
  email: 'E-mail',
  pagerduty: 'PagerDuty',
  webhook: 'Webhook',
};
