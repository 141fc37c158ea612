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
export interface Verdict {
  ok: boolean;
  status: number | null;
  errorClass: ProbeErrorClass | null;
  detail: string;
}
