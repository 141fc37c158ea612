import {
  judgeAccount,
  judgeAgent,
  judgeApi,
  judgeIntake,
  judgeLive,
  judgeProfile,
  judgeStatus,
  judgeTarget,
  type Answer,
} from './judge-answer.ts';
import { failedVerdict, type HttpProbeKind, type ProbeVerdict, type Stages } from './probe.ts';
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
  /** The path at which Chatwoot answered before; asked first. */
  knownPath?: string | undefined;
  /** CHATWOOT_ACCOUNT_ID, for the authenticated probe. */
  accountId?: string | undefined;
  /** For the whole probe, ms. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

export interface Probed {
  verdict: ProbeVerdict;
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
      return probeAccount(probe);
    case 'intake':
      return ask(probe, probe.url, judgeIntake, PROBE_HEADER);
    case 'http_target':
      return ask(probe, probe.url, judgeTarget);
    case 'agent':
      return ask(probe, probe.url, judgeAgent);
  }
}

/** The profile, and when it is told, the cheapest list of the account: a plan without API tells the first and not the second. */
async function probeAccount(probe: HttpProbe): Promise<Probed> {
  const { url, accountId, timeoutMs } = probe;
  const token = { api_access_token: probe.token ?? '' };
  const started = performance.now();
  const profile = await ask(
    probe,
    `${url}/api/v1/profile`,
    (answer) => judgeProfile(answer, accountId),
    token,
  );
  if (!profile.verdict.ok || accountId === undefined) return profile;
  const left = Math.max(1, Math.round(timeoutMs - (performance.now() - started)));
  const path = `${url}/api/v1/accounts/${accountId}/agents`;
  const account = await ask(
    { ...probe, timeoutMs: left },
    path,
    (answer) => judgeAccount(answer, profile.verdict),
    token,
  );
  return account.verdict.ok ? profile : account;
}

/** The first path that is not 404 is the one that this Chatwoot has; the one that it had last is asked first. */
async function probeLive(probe: HttpProbe): Promise<Probed> {
  const deadline = performance.now() + probe.timeoutMs;
  const { knownPath } = probe;
  const paths = probe.livePath
    ? [probe.livePath]
    : knownPath && LIVE_PATHS.includes(knownPath)
      ? [knownPath, ...LIVE_PATHS.filter((path) => path !== knownPath)]
      : LIVE_PATHS;
  for (const [index, path] of paths.entries()) {
    const left = Math.max(1, Math.round(deadline - performance.now()));
    const judge = probe.livePath ? judgeStatus : judgeLive;
    const probed = await ask({ ...probe, timeoutMs: left }, `${probe.url}${path}`, judge);
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
  judge: (answer: Answer) => ProbeVerdict,
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
  judge: (answer: Answer) => ProbeVerdict,
  timeoutMs: number,
): ProbeVerdict {
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
