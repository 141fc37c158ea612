import type { AppLoadContext } from '@remix-run/node';
import { isPublicAddress } from '../../lib/http/outbound-address.ts';
import type { Services } from '../../lib/services.server.ts';

/**
 * Who is locked out sees no page: the log says it too, once for each process. Pages and actions are given services of their
 * own (app/server/http-server.ts); the settings are the same.
 */
const logged = new WeakSet<Services['config']>();

/** What is wrong with the proxy that a page was asked for through, for whoever may mend it; null when nothing is. */
export function noticeProxy(
  { headers }: Request,
  { services, clientAddress }: Pick<AppLoadContext, 'services' | 'clientAddress'>,
): string | null {
  const problem = untrustedProxy(headers, services.config, clientAddress);
  if (problem && !logged.has(services.config)) {
    logged.add(services.config);
    services.log.warn({ setting: 'TRUSTED_PROXIES' }, problem);
  }
  return problem;
}

const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-real-ip'];

/**
 * Whether a request came through a proxy that TRUSTED_PROXIES does not count: then everybody behind it is one address to
 * the limits of the sign-in and in the audit log, and a stranger's wrong tries are everybody's.
 * @param clientAddress whom the request is taken to be from
 * @returns what is wrong and which setting mends it, in two sentences; null when nothing is
 */
function untrustedProxy(
  headers: Headers,
  { TRUSTED_PROXIES: trusted }: { TRUSTED_PROXIES: number },
  clientAddress: string | null,
): string | null {
  const one = `everybody is one address to the limits of the sign-in and in the audit log (${clientAddress ?? 'unknown'})`;
  if (trusted === 0) {
    const header = FORWARDED.find((name) => headers.has(name));
    return header
      ? `A proxy stands before this app and is not trusted (it sends ${header}): ${one}. Set TRUSTED_PROXIES to the number of proxies, usually 1, and restart.`
      : null;
  }
  const hops = (headers.get('x-forwarded-for') ?? '').split(',').filter((hop) => hop.trim()).length;
  if (hops <= trusted || clientAddress === null || isPublicAddress(clientAddress)) return null;
  return `More proxies stand before this app than the ${trusted} that TRUSTED_PROXIES says: ${one}. Set TRUSTED_PROXIES to their number and restart.`;
}
