import { createTransport, type SendMailOptions } from 'nodemailer';
import { isLoopbackAddress } from '../../../../lib/http/outbound-address.ts';
import type { Target } from '../../channel.ts';
import type { SendAnswer } from '../../decide-after-send.ts';
import type { Outgoing } from '../../message.ts';
import { secretsIn } from '../../message-words.ts';
import { decodedPart, hideSecrets } from '../post-once.server.ts';
import { emailMessage } from './email-message.ts';

const CONNECT_MS = 4000;
const SILENCE_MS = 6000;
/** For one try altogether: a server that answers a little at a time must not hold up the others. */
const TIMEOUT_MS = 10_000;

/** What the mail server said, without secrets. */
export type MailAnswer =
  | { outcome: 'accepted'; answer: string }
  /** `retry`: it may be taken later. `certain` is false when it may have been taken: the answer to the text is missing. */
  | {
      outcome: 'retry' | 'refused';
      answer: string;
      certain: boolean;
      /** The mail server says for good that there is no such recipient: not that it minds the sender or the text. */
      bounced?: boolean;
    };

/**
 * Sends one e-mail over an SMTP server. 4xx and a broken connection may pass, and so may a refused sign-in, which an
 * operator mends; another 5xx would be the same again.
 * @param more what else must not stand in what is kept of the answer
 */
export async function sendMail(
  smtpUrl: string,
  mail: SendMailOptions,
  more: readonly string[] = [],
): Promise<MailAnswer> {
  const options = smtpOptions(smtpUrl);
  const transport = createTransport({
    ...options,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
  });
  const { username, password } = new URL(smtpUrl);
  const secrets = [username, password, decodedPart(username), decodedPart(password), ...more];
  const hidden = (answer: string) => hideSecrets(answer, secrets);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('late')), TIMEOUT_MS);
  });
  try {
    const sent = await Promise.race([transport.sendMail(mail), late]);
    const inClear = options.ignoreTLS ? ' It went without TLS, as SMTP_URL says.' : '';
    return { outcome: 'accepted', answer: hidden(`${sent.response}${inClear}`) };
  } catch (error) {
    return judgeFailure(error as SmtpError, hidden);
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

const NO_TLS =
  'Nothing was sent: the mail server does not turn to TLS. Use smtps:// in SMTP_URL, or add ?ignoreTLS=true to send in clear.';

const NOT_TRUSTED =
  'Nothing was sent: no secure connection to the mail server. Its certificate must be trusted and for the name in SMTP_URL (a CA of your own: NODE_EXTRA_CA_CERTS); smtps:// speaks TLS from the start, smtp:// turns to it.';

/** Other errors of TLS may come after the text was sent. */
const IN_HANDSHAKE =
  /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|ERR_SSL_WRONG_VERSION_NUMBER)/;

interface SmtpError extends Error {
  code?: string;
  /** The connection's own, which nodemailer replaces by one of its few. */
  originalCode?: string;
  syscall?: string;
  responseCode?: number;
  response?: string;
  /** What was said when it was refused, e.g. `RCPT TO`. */
  command?: string;
}

/** Nothing of the e-mail had been said yet. nodemailer gives one code to a connection that never was and one that broke. */
const isBeforeAnything = ({ code = '', syscall, message }: SmtpError) =>
  syscall === 'connect' ||
  ['EDNS', 'ETLS', 'EAUTH'].includes(code) ||
  /^(Connection timeout|Greeting never received)/.test(message);

function judgeFailure(error: SmtpError, hidden: (text: string) => string): MailAnswer {
  const { code, originalCode, responseCode, response } = error;
  if (originalCode && IN_HANDSHAKE.test(originalCode))
    return { outcome: 'retry', answer: `${NOT_TRUSTED} (${originalCode})`, certain: true };
  if (code === 'ETLS') return { outcome: 'retry', answer: NO_TLS, certain: true };
  if (responseCode === undefined)
    return {
      outcome: 'retry',
      answer: 'The mail server did not answer, or broke off.',
      certain: isBeforeAnything(error),
    };
  const answer = hidden(response ?? String(responseCode));
  if (responseCode >= 500 && code !== 'EAUTH')
    return { outcome: 'refused', answer, certain: true, bounced: isBounce(error) };
  return { outcome: 'retry', answer, certain: true };
}

/**
 * Enhanced status codes of a mailbox that is none, has moved or is shut (RFC 3463, RFC 7505). The others of their classes mind
 * the sender's address, or a mailbox that is full or takes nothing so large; 5.7.1 and its kin mind who sends.
 */
const NO_RECIPIENT = /^5\d\d[ -]5\.(1\.([1236]|10)|2\.1)(?!\d)/;

/** Whether a recipient is refused for what it is. Without an enhanced code 550, 551 and 553 mean it, unless they speak of relaying. */
function isBounce({ command, response = '', responseCode = 0 }: SmtpError): boolean {
  if (command !== 'RCPT TO') return false;
  if (/^5\d\d[ -]\d\.\d/.test(response)) return NO_RECIPIENT.test(response);
  return [550, 551, 553].includes(responseCode) && !/relay|spam|policy|block|denied/i.test(response);
}

/** Sends one message by e-mail, over SMTP_URL. */
export async function sendByEmail(
  { smtpUrl, from, to }: Extract<Target, { kind: 'email' }>,
  outgoing: Outgoing,
): Promise<SendAnswer> {
  const sent = await sendMail(smtpUrl, emailMessage(outgoing, from, to), secretsIn(outgoing));
  const { outcome, answer } = sent;
  return outcome === 'retry' ? { outcome, answer, retryAfterMs: null } : { outcome, answer };
}

export interface SmtpOptions {
  host: string;
  port: number;
  /** TLS from the start. */
  secure: boolean;
  /** Nothing is sent when the server does not turn to TLS. */
  requireTLS: boolean;
  /** Everything goes as it is. */
  ignoreTLS: boolean;
  auth: { user: string; pass: string } | undefined;
}

/**
 * Options of an SMTP address: `smtps:` speaks TLS from the start, `smtp:` turns to it. Without TLS nothing goes to another
 * machine, because passwords, customers' addresses and incidents would go in clear, and whoever is between could have taken
 * the server's offer away; `?ignoreTLS=true` says that it may, `?requireTLS=true` asks for it on this machine too.
 */
export function smtpOptions(smtpUrl: string): SmtpOptions {
  const { protocol, hostname, port, username, password, searchParams } = new URL(smtpUrl);
  const secure = protocol === 'smtps:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const isHere = host === 'localhost' || isLoopbackAddress(host);
  const ignoreTLS = !secure && searchParams.get('ignoreTLS') === 'true';
  return {
    host,
    port: port ? Number(port) : secure ? 465 : 587,
    secure,
    requireTLS: !secure && !ignoreTLS && (!isHere || searchParams.get('requireTLS') === 'true'),
    ignoreTLS,
    auth: username ? { user: decodedPart(username), pass: decodedPart(password) } : undefined,
  };
}
