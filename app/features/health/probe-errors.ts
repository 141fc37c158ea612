import { outcomeOfError } from '../../lib/attempt-outcome.ts';
import type { ProbeErrorClass, Stages, Verdict } from './probe.ts';

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
export const failedVerdict = (error: unknown, stages: Stages, timeoutMs: number): Verdict => ({
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
