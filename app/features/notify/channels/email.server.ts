import { emailMessage } from '../email-message.ts';
import type { Outgoing } from '../outgoing.ts';
import type { SendAnswer } from '../retry-plan.ts';
import type { Target } from '../target.ts';
import { sendMail } from './send-mail.server.ts';

/** Sends one message by e-mail, over SMTP_URL. */
export async function sendByEmail(
  { smtpUrl, from, to }: Extract<Target, { kind: 'email' }>,
  outgoing: Outgoing,
): Promise<SendAnswer> {
  const sent = await sendMail(smtpUrl, emailMessage(outgoing, from, to));
  const { outcome, answer } = sent;
  return outcome === 'retry' ? { outcome, answer, retryAfterMs: null } : { outcome, answer };
}
