import { outcomeOfError } from '../../../lib/http/attempt-outcome.ts';
import type { Config } from '../../../lib/settings/config.ts';

export type HttpProbeKind =
  'chatwoot_live' | 'chatwoot_api' | 'chatwoot_auth' | 'agent' | 'intake' | 'http_target';
type ProbeKind = HttpProbeKind | 'smtp' | 'database' | 'tcp_target';

/** One probe that a tick makes. */
export interface ProbePlan {
  /** Unique in a tick, e.g. `chatwoot.live`. */
  probe: string;
  component: string;
  /** The component's name for people. */
  label: string;
  kind: ProbeKind;
  /** Base address for Chatwoot, otherwise exactly what is asked; empty for the database. */
  url: string;
}

export type ProbeSettings = Pick<Config, 'connection' | 'APP_URL' | 'SMTP_URL' | 'HEALTH_TARGETS'>;

/** Path of the webhook endpoint, asked from outside. */
export const WEBHOOK_PATH = '/api/webhooks/chatwoot';

/** Chatwoot's three probes: alive, its own account of its parts, our token. */
export function planChatwootProbes(chatwootUrl: string): ProbePlan[] {
  const chatwoot = { component: 'chatwoot', label: 'Chatwoot', url: chatwootUrl };
  return [
    { ...chatwoot, probe: 'chatwoot.live', kind: 'chatwoot_live' },
    { ...chatwoot, probe: 'chatwoot.api', kind: 'chatwoot_api' },
    { ...chatwoot, probe: 'chatwoot.auth', kind: 'chatwoot_auth' },
  ];
}

/** Every probe of a tick, in the order in which pages show the components. */
export function planProbes(config: ProbeSettings): ProbePlan[] {
  const plans: ProbePlan[] = [];
  const add = (component: string, label: string, kind: ProbeKind, url: string) =>
    plans.push({ probe: component, component, label, kind, url });
  if (config.connection) {
    plans.push(...planChatwootProbes(config.connection.chatwootUrl));
    add('agent', 'Agent service', 'agent', `${config.connection.agentUrl}/health`);
  }
  if (config.APP_URL) add('intake', 'Webhook intake', 'intake', `${config.APP_URL}${WEBHOOK_PATH}`);
  add('database', 'Database', 'database', '');
  if (config.SMTP_URL) add('smtp', 'Mail server', 'smtp', config.SMTP_URL);
  for (const { name, url } of config.HEALTH_TARGETS)
    add(`target:${name}`, name, url.startsWith('tcp:') ? 'tcp_target' : 'http_target', url);
  // Two targets of one name would be one component with two probes of one name.
  return plans.filter(({ probe }, index) => plans.findIndex((plan) => plan.probe === probe) === index);
}

/** Why a probe failed: the network's reasons first, then what the answer itself was. */
export type ProbeErrorClass =
  | 'dns'
  /** Refused, or no way there. */
  | 'refused'
  | 'reset'
  | 'tls'
  | 'timeout'
  | 'http_3xx'
  | 'http_4xx'
  | 'http_5xx'
  /** Chatwoot answers, but not to our token (401 or 403). */
  | 'token_refused'
  /** Chatwoot answers 200 and says that its queue fails. */
  | 'services_failing'
  /** The same of its database alone: no outage while calls that read it are answered. */
  | 'data_failing'
  /** 429: it works, and we ask too often. */
  | 'throttled'
  /** The profile is told and the account's paths are forbidden: a plan without API. */
  | 'plan_without_api'
  /** The account is suspended in Chatwoot. */
  | 'account_suspended'
  /** The token's user is not in the account. */
  | 'account_unknown'
  /** Something answers that is not a Chatwoot. */
  | 'not_chatwoot'
  /** The Agent service's health check is answered with a web page. */
  | 'not_agent'
  /** Something answers at our address that is not this app. */
  | 'not_ours'
  | 'smtp'
  | 'database';

/** How long each stage of an exchange took, ms; null for a stage that was not needed or not reached. */
export interface Stages {
  dnsMs: number | null;
  tcpMs: number | null;
  tlsMs: number | null;
  /** From the start to the end of the answer, or to the failure. */
  latencyMs: number;
  /** A connection was made: whatever followed, the network works. */
  connected: boolean;
}

/** What one probe found in one tick. */
export interface ProbeResult extends Omit<Stages, 'connected'> {
  probe: string;
  component: string;
  outcome: 'ok' | 'failed' | 'inconclusive';
  status: number | null;
  errorClass: ProbeErrorClass | null;
  /** In words: "200 in 84 ms at /health". */
  detail: string;
  /** What was asked, without user names, passwords and queries. */
  target: string;
  /** What this probe says of the network; null when it does not use it. */
  network: { reached: boolean; loopback: boolean } | null;
}

/** The verdict on one exchange, before it becomes a result. */
export interface ProbeVerdict {
  ok: boolean;
  status: number | null;
  errorClass: ProbeErrorClass | null;
  detail: string;
}

type NetworkErrorClass = Extract<ProbeErrorClass, 'dns' | 'refused' | 'reset' | 'tls' | 'timeout'>;

/** The class of a network error; what is not known by its code counts as a broken connection. */
export function classOfError(error: unknown): NetworkErrorClass {
  const outcome = outcomeOfError(error);
  const known: readonly string[] = ['dns', 'refused', 'tls', 'timeout'] satisfies NetworkErrorClass[];
  return known.includes(outcome) ? (outcome as NetworkErrorClass) : 'reset';
}

/** The class of an HTTP status that is not what was hoped for. */
export function classOfStatus(status: number): ProbeErrorClass {
  if (status === 429) return 'throttled';
  if (status >= 500) return 'http_5xx';
  return status >= 400 ? 'http_4xx' : 'http_3xx';
}

/**
 * A failure in words, e.g. "does not answer (timeout after 10 s; connected after 4 ms)".
 * @param timeoutMs after how long the probe gives up
 */
export function describeFailure(error: unknown, stages: Stages, timeoutMs: number): string {
  const code = codeOf(error);
  const because = code ? ` (${code})` : '';
  switch (classOfError(error)) {
    case 'dns':
      return `its name cannot be resolved${because}`;
    case 'refused':
      return code === 'ECONNREFUSED' ? 'refuses the connection' : `cannot be reached${because}`;
    case 'tls':
      return `no secure connection${because}`;
    case 'timeout':
      return `does not answer (timeout after ${seconds(timeoutMs)}; ${howFar(stages)})`;
    case 'reset':
      return `breaks the connection off${because}`;
  }
}

/**
 * What a probe that got no answer found.
 * @param timeoutMs after how long the probe gives up
 */
export const failedVerdict = (error: unknown, stages: Stages, timeoutMs: number): ProbeVerdict => ({
  ok: false,
  status: null,
  errorClass: classOfError(error),
  detail: describeFailure(error, stages, timeoutMs),
});

function howFar({ dnsMs, tcpMs, connected }: Stages): string {
  if (!connected) return dnsMs === null ? 'no connection' : 'name resolved, no connection';
  return `connected after ${Math.round((dnsMs ?? 0) + (tcpMs ?? 0))} ms`;
}

/** Milliseconds as people say them. */
export function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`;
}

/** A name with several addresses fails with one error for each. */
function codeOf(error: unknown): string | undefined {
  const { code, errors } = error as { code?: unknown; errors?: unknown[] };
  if (typeof code === 'string') return code;
  return errors?.[0] ? codeOf(errors[0]) : undefined;
}
