import { expect, test } from 'vitest';
import { parseConfig } from '../../app/lib/settings/config.ts';

const problems = (env: Record<string, string>): string[] => {
  const parsed = parseConfig(env);
  return parsed.ok ? [] : parsed.problems;
};
const SMTP = { SMTP_URL: 'smtp://127.0.0.1:25', SMTP_FROM: 'Outage Center <outage@example.com>' };

test('an e-mail needs a server and a sender, and who is to get it needs both', () => {
  expect(problems(SMTP)).toEqual([]);
  expect(problems({ ...SMTP, NOTIFY_EMAIL_TO: 'a@example.com, b@example.com' })).toEqual([]);
  expect(problems({ SMTP_URL: SMTP.SMTP_URL })).toEqual([
    'SMTP_FROM is missing: e-mail is both of SMTP_URL, SMTP_FROM or none. Put the address that e-mails come from, e.g. Outage Center <outage@example.com> there.',
  ]);
  expect(problems({ SMTP_FROM: SMTP.SMTP_FROM })[0]).toMatch(/^SMTP_URL is missing/);
  expect(problems({ NOTIFY_EMAIL_TO: 'a@example.com' })).toEqual([
    expect.stringMatching(/^SMTP_URL is missing: .* NOTIFY_EMAIL_TO needs it\./),
    expect.stringMatching(/^SMTP_FROM is missing: .* NOTIFY_EMAIL_TO needs it\./),
  ]);
});

test.each([
  [{ ...SMTP, SMTP_FROM: 'nobody' }, /^SMTP_FROM is "nobody"/],
  [{ ...SMTP, SMTP_FROM: 'a@b.c\r\nBcc: x@y.z' }, /^SMTP_FROM/],
  [{ ...SMTP, NOTIFY_EMAIL_TO: 'a@example.com,b' }, /^NOTIFY_EMAIL_TO has "b"/],
  [{ NOTIFY_WEBHOOK_SECRET: 'short' }, /^NOTIFY_WEBHOOK_SECRET is not a Standard Webhooks secret/],
  [{ PAGERDUTY_ROUTING_KEY: 'short' }, /^PAGERDUTY_ROUTING_KEY is malformed/],
  [
    {
      CHATWOOT_BASE_URL: 'https://chat.example.com',
      CHATWOOT_ACCOUNT_ID: '1',
      CHATWOOT_API_TOKEN: 'x',
      AGENT_SDK_URL: 'https://agent.example.com',
      NOTIFY_WEBHOOK_URL: 'https://chat.example.com/hook',
    },
    /^NOTIFY_WEBHOOK_URL leads to Chatwoot/,
  ],
] as const)('what cannot work is said before the start: %j', (env, sentence) => {
  expect(problems(env)).toEqual([expect.stringMatching(sentence)]);
});
