import { isLoopbackAddress } from '../../lib/outbound-address.ts';
import { decodedPart } from './decoded-part.ts';

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
