import { isLoopbackAddress } from '../../../lib/http/outbound-address.ts';
import type { Problem } from '../../../lib/http/problem.ts';
import type { Services } from '../../../lib/services.server.ts';
import { readApiToken } from './api-tokens.server.ts';

/** What a proxy adds: a caller behind one is not on this machine, whatever the socket says. */
const PROXY_HEADERS = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via'];

export interface MetricsCaller {
  headers: Headers;
  /** Of the connection itself. */
  socketAddress: string | null;
  /** Of the caller, as far as proxies that are trusted tell. */
  clientAddress: string | null;
}

/**
 * null when the caller may read /metrics: with a token that has `metrics.read`. Where METRICS_ALLOW_LOOPBACK says so, from
 * this machine without one; a proxy on it that adds no header cannot be told from it, so that is never so by itself.
 */
export async function mayReadMetrics(
  { services }: { services: Services },
  { headers, socketAddress, clientAddress }: MetricsCaller,
): Promise<Problem | null> {
  const authorization = headers.get('authorization');
  if (authorization === null) {
    const proxied = PROXY_HEADERS.some((name) => headers.has(name));
    const allowed =
      services.config.METRICS_ALLOW_LOOPBACK &&
      !proxied &&
      socketAddress !== null &&
      isLoopbackAddress(socketAddress);
    return allowed ? null : REFUSAL;
  }
  if (services.db.status().state !== 'up') return REFUSAL;
  const token = /^Bearer +(\S{1,512})$/i.exec(authorization.trim())?.[1] ?? '';
  const read = await readApiToken(services.db.pool, token, clientAddress, services.db.clock.now());
  if (read.outcome === 'token' && read.asker.permissions.includes('metrics.read')) return null;
  if (read.outcome === 'too_many_tries')
    return { ...REFUSAL, status: 429, headers: { 'Retry-After': String(read.retryAfterSeconds) } };
  return read.outcome === 'token' ? { ...REFUSAL, status: 403 } : REFUSAL;
}

const REFUSAL: Problem = {
  status: 401,
  title: 'Metrics need a token',
  code: 'metrics_need_token',
  detail:
    'Send an API token that has metrics.read as "Authorization: Bearer …". METRICS_ALLOW_LOOPBACK=true opens them to this machine.',
  headers: { 'WWW-Authenticate': 'Bearer realm="Outage Center"' },
};
