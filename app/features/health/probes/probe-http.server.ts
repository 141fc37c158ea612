import {
  judgeApi,
  judgeIntake,
  judgeProfile,
  judgeStatus,
  judgeTarget,
  type Answer,
} from '../judge-answer.ts';
import type { HttpProbeKind } from '../plan-probes.ts';
import { failedVerdict } from '../probe-errors.ts';
import type { Stages, Verdict } from '../probe.ts';
import { exchange, type Exchange } from './exchange.server.ts';

/** Where a Chatwoot may say that it lives: its runbook's path, the one since 4.11, the one that all versions have. */
const LIVE_PATHS = ['/rails/health', '/health', '/api'];

/** Asked with this, the webhook endpoint does not count the request among the webhooks that it refused. */
const PROBE_HEADER = { 'x-outage-center-probe': '1' };

export interface HttpProbe {
  kind: HttpProbeKind;
  /** For Chatwoot its base address, else exactly what is asked. */
  url: string;
  /** CHATWOOT_API_TOKEN, for the authenticated probe. */
  token?: string | undefined;
  /** CHATWOOT_HEALTH_PATH; found out when left out. */
  livePath?: string | undefined;
  /** For the whole probe, ms. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

export interface Probed {
  verdict: Verdict;
  stages: Stages;
  /** What was asked in the end. */
  url: string;
  /** The answer's body, for who wants to read on; empty without an answer. */
  body: string;
}

/** One probe over HTTP. Never throws. */
export async function probeHttp(probe: HttpProbe): Promise<Probed> {
  switch (probe.kind) {
    case 'chatwoot_live':
      return probeLive(probe);
    case 'chatwoot_api':
      return ask(probe, `${probe.url}/api`, judgeApi);
    case 'chatwoot_auth':
      return ask(probe, `${probe.url}/api/v1/profile`, judgeProfile, { api_access_token: probe.token ?? '' });
    case 'intake':
      return ask(probe, probe.url, judgeIntake, PROBE_HEADER);
    case 'http_target':
      return ask(probe, probe.url, judgeTarget);
    case 'agent':
      return ask(probe, probe.url, judgeStatus);
  }
}

/** The first path that is not 404 is the one that this Chatwoot has: asked anew each time, because it may be updated. */
async function probeLive(probe: HttpProbe): Promise<Probed> {
  const deadline = performance.now() + probe.timeoutMs;
  const paths = probe.livePath ? [probe.livePath] : LIVE_PATHS;
  for (const [index, path] of paths.entries()) {
    const left = Math.max(1, Math.round(deadline - performance.now()));
    const probed = await ask({ ...probe, timeoutMs: left }, `${probe.url}${path}`, judgeStatus);
    if (probed.verdict.status !== 404) return probed;
    if (index < paths.length - 1) continue;
    const detail = `404 at ${paths.join(', ')}: no Chatwoot there; check CHATWOOT_BASE_URL${probe.livePath ? ' and CHATWOOT_HEALTH_PATH' : ''}`;
    return { ...probed, verdict: { ...probed.verdict, detail } };
  }
  throw new Error('there is always a path to ask');
}

async function ask(
  { timeoutMs, signal }: HttpProbe,
  url: string,
  judge: (answer: Answer) => Verdict,
  headers: Record<string, string> = {},
): Promise<Probed> {
  const answer = await exchange(url, {
    headers: { Accept: 'application/json, */*', ...headers },
    timeoutMs,
    signal,
  });
  const body = answer.outcome === 'answered' ? answer.body : '';
  return { verdict: verdictOf(answer, url, judge, timeoutMs), stages: answer, url, body };
}

function verdictOf(
  answer: Exchange,
  url: string,
  judge: (answer: Answer) => Verdict,
  timeoutMs: number,
): Verdict {
  if (answer.outcome === 'failed') return failedVerdict(answer.error, answer, timeoutMs);
  const { status, body, latencyMs, location } = answer;
  const isRedirect = status >= 300 && status < 400 && location && URL.canParse(location, url);
  return judge({
    status,
    body,
    latencyMs,
    path: new URL(url).pathname,
    redirectsTo: isRedirect ? new URL(location, url).origin : null,
  });
}
