import type { AppLoadContext } from '@remix-run/node';
import type { Services } from '../../lib/services.server.ts';
import { untrustedProxy } from './untrusted-proxy.ts';

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
