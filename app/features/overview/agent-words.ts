import type { BreakerFigures } from './figures.ts';

/** Error classes of attempts in words for people; status codes are added where there is one. */
const OUTCOMES: Record<string, string> = {
  dns: 'its name was not found',
  refused: 'the connection was refused',
  tls: 'its certificate was not accepted',
  reset: 'the connection broke',
  timeout: 'no answer in time',
};

/** Why an attempt failed: "HTTP 503", "no answer in time"; null when that was not recorded. */
export function failureText(outcome: string | null, status: number | null): string | null {
  if (status !== null) return `HTTP ${status}`;
  return outcome === null ? null : (OUTCOMES[outcome] ?? outcome.replaceAll('_', ' '));
}

/** What is wrong with the Agent service while the breaker is not closed, after "The Agent service …". */
export function agentTroubleText({ lastFailure }: BreakerFigures): string {
  const status = lastFailure?.status ?? null;
  return status === null ? 'has not answered' : `has answered with errors (HTTP ${status})`;
}
