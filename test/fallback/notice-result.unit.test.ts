import { expect, test } from 'vitest';
import { noticeResult } from '../../app/features/fallback/steps/give-notice.server.ts';

test('the notice names its channels as people call them', () => {
  expect(noticeResult(['slack', 'email', 'webhook', 'teams'])).toEqual({
    outcome: 'done',
    result:
      'Put into the outbox for Slack (the team’s channel), e-mail (the team’s address), the team’s webhook, Microsoft Teams; what became of it is below.',
  });
  expect(noticeResult([]).outcome).toBe('failed');
});
