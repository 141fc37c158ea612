/** What pages show of probes: plain data, dates as ISO texts. */
export type ComponentState = 'up' | 'degraded' | 'down' | 'inconclusive' | 'unknown';

export interface ComponentHealth {
  /** `chatwoot`, `agent`, `intake`, `database`, `smtp`, `target:<name>`. */
  name: string;
  label: string;
  state: ComponentState;
  since: string;
  checkedAt: string;
  /** Older than two check intervals: what it says is no longer measured. */
  stale: boolean;
  lastOkAt: string | null;
  firstFailedAt: string | null;
  /** Failed checks in a row. */
  failures: number;
  successes: number;
  /** Answer in words: "200 in 84 ms at /health", "does not answer (timeout after 10 s)". */
  detail: string;
  target: string;
  latencyMs: number | null;
}

export interface UptimeDay {
  /** YYYY-MM-DD, UTC. */
  day: string;
  ok: number;
  failed: number;
  inconclusive: number;
}

export interface LatencyPoint {
  at: string;
  /** null: the check failed. */
  ms: number | null;
}

/** One check of Chatwoot or of the Agent service. */
export interface RecentCheck {
  at: string;
  part: 'chatwoot' | 'agent';
  outcome: 'ok' | 'failed' | 'inconclusive';
}

export interface ProbeLine {
  probe: string;
  at: string;
  outcome: 'ok' | 'failed' | 'inconclusive';
  status: number | null;
  errorClass: string | null;
  detail: string | null;
  target: string;
  latencyMs: number | null;
  dnsMs: number | null;
  tcpMs: number | null;
  tlsMs: number | null;
}

export interface ComponentHistory extends ComponentHealth {
  /** 90 of them, oldest first; days without a check have only zeros. */
  days: UptimeDay[];
  latency: LatencyPoint[];
  /** Each probe's latest result. */
  probes: ProbeLine[];
}

/** A time in which an incident lasted. */
export interface IncidentBand {
  id: number;
  title: string;
  from: string;
  /** null: it lasts. */
  to: string | null;
}
