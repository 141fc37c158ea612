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

/** `-` no check, `g` all answered, `s` some failed, `b` at least a tenth failed. */
export type DayLevel = '-' | 'g' | 's' | 'b';

/** How a day went. Inconclusive checks say nothing of what was checked. */
export function dayLevel({ ok, failed }: Pick<UptimeDay, 'ok' | 'failed'>): DayLevel {
  if (ok + failed === 0) return '-';
  if (failed === 0) return 'g';
  return failed / (ok + failed) >= 0.1 ? 'b' : 's';
}

/** Days on an uptime bar. */
export const UPTIME_DAYS = 90;

/** Ninety days up to today as a text of levels, oldest first; days without a row had no check. */
export function dayLevels(days: readonly UptimeDay[], now: Date): string {
  const byDay = new Map(days.map((day) => [day.day, dayLevel(day)]));
  return Array.from({ length: UPTIME_DAYS }, (_, index) => {
    const at = now.getTime() - (UPTIME_DAYS - 1 - index) * 86_400_000;
    return byDay.get(new Date(at).toISOString().slice(0, 10)) ?? '-';
  }).join('');
}
