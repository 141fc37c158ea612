import type { Database } from '../../../lib/database/database.server.ts';
import type { Config } from '../../../lib/settings/config.ts';
import type { ProbePlan, ProbeResult, ProbeVerdict, Stages } from './probe.ts';
import { probeDatabase } from './probe-database.server.ts';
import { probeHttp } from './probe-http.server.ts';
import { probeSmtp } from './probe-smtp.server.ts';
import { probeTcp } from './probe-tcp.server.ts';

export interface ProbeTools {
  config: Config;
  /** Left out where there is none: the database is not probed then. */
  db?: Pick<Database, 'pool'> | undefined;
  /** The path at which Chatwoot said before that it lives. */
  knownPath?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Makes one probe and says what it found. Never throws: every ending is a result. */
export async function runProbe(
  plan: ProbePlan,
  { config, db, knownPath, signal }: ProbeTools,
): Promise<ProbeResult> {
  const { kind, url } = plan;
  const timeoutMs = config.HEALTH_TIMEOUT;
  switch (kind) {
    case 'database':
      if (!db) throw new Error('the database is probed only where there is one');
      return resultOf(plan, 'PostgreSQL', await probeDatabase(db.pool, timeoutMs));
    case 'smtp':
      return resultOf(plan, url, await probeSmtp(url, { timeoutMs, signal }));
    case 'tcp_target':
      return resultOf(plan, url, await probeTcp(url, { timeoutMs, signal }));
    case 'chatwoot_live':
    case 'chatwoot_api':
    case 'chatwoot_auth':
    case 'agent':
    case 'intake':
    case 'http_target': {
      const probed = await probeHttp({
        kind,
        url,
        token: config.connection?.apiToken,
        livePath: config.CHATWOOT_HEALTH_PATH,
        knownPath,
        accountId: config.connection?.accountId,
        timeoutMs,
        signal,
      });
      return resultOf(plan, probed.url, probed);
    }
  }
}

function resultOf(
  { probe, component, kind }: ProbePlan,
  asked: string,
  { verdict, stages }: { verdict: ProbeVerdict; stages: Stages },
): ProbeResult {
  const { connected, latencyMs, dnsMs, tcpMs, tlsMs } = stages;
  const { ok, status, errorClass, detail } = verdict;
  return {
    probe,
    component,
    outcome: ok ? 'ok' : 'failed',
    status,
    errorClass,
    detail,
    target: shownTarget(asked),
    latencyMs,
    dnsMs,
    tcpMs,
    tlsMs,
    network: kind === 'database' ? null : { reached: connected, loopback: isLoopback(asked) },
  };
}

/** An address as it may be stored and shown: without user name, password and query. */
export function shownTarget(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/** Whether a URL leads to this machine itself: an answer from there proves nothing about the network. */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
