import { createTransport } from 'nodemailer';
import { decodedPart } from '../decoded-part.ts';
import { emailMessage } from '../email-message.ts';
import { hideSecrets } from '../hide-secrets.ts';
import type { Outgoing } from '../outgoing.ts';
import type { SendAnswer } from '../retry-plan.ts';
import type { Target } from '../target.ts';

const CONNECT_MS = 4000;
const SILENCE_MS = 6000;
/** For one try altogether: a server that answers a little at a time must not hold up the others. */
const TIMEOUT_MS = 10_000;

/**
 * Sends one e-mail over SMTP_URL. 4xx and a broken connection may pass, and so may a refused sign-in, which an operator
 * mends; another 5xx would be the same again.
 */
export async function sendByEmail(
  { smtpUrl, from, to }: Extract<Target, { kind: 'email' }>,
  outgoing: Outgoing,
): Promise<SendAnswer> {
  const transport = createTransport({
    ...smtpOptions(smtpUrl),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
  });
  const { username, password } = new URL(smtpUrl);
  const secrets = [username, password, decodedPart(username), decodedPart(password)];
  const hidden = (answer: string) => hideSecrets(answer, secrets);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('late')), TIMEOUT_MS);
  });
  try {
    const sent = await Promise.race([transport.sendMail(emailMessage(outgoing, from, to)), late]);
    const refused = (sent.rejectedErrors ?? []).map(({ message }) => message);
    const butNot = refused.length > 0 ? ` But not for all: ${refused.join('; ')}` : '';
    return { outcome: 'accepted', answer: hidden(`${sent.response}${butNot}`) };
  } catch (error) {
    return judgeFailure(error as SmtpError, hidden);
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

interface SmtpError extends Error {
  code?: string;
  responseCode?: number;
  response?: string;
}

function judgeFailure(
  { code, responseCode, response }: SmtpError,
  hidden: (text: string) => string,
): SendAnswer {
  if (responseCode === undefined)
    return { outcome: 'retry', answer: 'The mail server did not answer, or broke off.', retryAfterMs: null };
  const answer = hidden(response ?? String(responseCode));
  if (responseCode >= 500 && code !== 'EAUTH') return { outcome: 'refused', answer };
  return { outcome: 'retry', answer, retryAfterMs: null };
}

/** Options of an SMTP address: `smtps:` speaks TLS from the start, `smtp:` turns to it when the server offers it. */
function smtpOptions(smtpUrl: string) {
  const { protocol, hostname, port, username, password } = new URL(smtpUrl);
  const secure = protocol === 'smtps:';
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port ? Number(port) : secure ? 465 : 587,
    secure,
    auth: username ? { user: decodedPart(username), pass: decodedPart(password) } : undefined,
  };
}
