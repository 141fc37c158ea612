import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendMail, smtpOptions } from '../../app/features/notify/channels/email/send-mail.server.ts';
import { startMailServer } from '../../app/sandbox/notifications/mail-server.ts';

/** It never offers STARTTLS. */
let server: Awaited<ReturnType<typeof startMailServer>>;
beforeAll(async () => (server = await startMailServer()));
afterAll(() => server.stop());

const mail = { from: 'a@example.com', to: 'b@example.com', subject: 'x', text: 'x' };

test.each([
  ['smtps://mail.example.com', { secure: true, requireTLS: false, ignoreTLS: false, port: 465 }],
  ['smtp://mail.example.com', { secure: false, requireTLS: true, ignoreTLS: false, port: 587 }],
  ['smtp://10.0.0.7:25', { requireTLS: true, ignoreTLS: false, port: 25 }],
  ['smtp://mail.example.com?ignoreTLS=true', { requireTLS: false, ignoreTLS: true }],
  ['smtp://mail.example.com?requireTLS=false', { requireTLS: true, ignoreTLS: false }],
  ['smtp://127.0.0.1:1025', { requireTLS: false, ignoreTLS: false }],
  ['smtp://[::1]:1025', { requireTLS: false, host: '::1' }],
  ['smtp://localhost', { requireTLS: false }],
  ['smtp://localhost.example.com', { requireTLS: true }],
])('%s', (url, options) => expect(smtpOptions(url)).toMatchObject(options));

test('a server that does not turn to TLS gets nothing, and the log says what to change', async () => {
  const answer = await sendMail(`${server.url}?requireTLS=true`, mail);
  expect(answer).toMatchObject({ outcome: 'retry', certain: true });
  expect(answer.answer).toMatch(/Nothing was sent: .* smtps:\/\/ .*ignoreTLS=true/);
  expect(server.received).toEqual([]);
});

test('what is sent in clear says so', async () => {
  const answer = await sendMail(`${server.url}?ignoreTLS=true`, mail);
  expect(answer).toMatchObject({ outcome: 'accepted' });
  expect(answer.answer).toContain('without TLS');
  expect(server.received).toHaveLength(1);
});
