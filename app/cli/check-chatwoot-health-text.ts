import type { ProbeResult } from '../features/health/probe.ts';

/** One line a probe: `/rails/health: OK (200)`. */
export function checkText(results: readonly ProbeResult[]): string {
  return results.map((result) => `${lineOf(result)}\n`).join('');
}

/** Why the check as a whole failed, in one line. */
export function failureLine(results: readonly ProbeResult[]): string {
  const failed = results.filter(({ outcome }) => outcome !== 'ok');
  return `Health check failed: ${failed.map((result) => `${nameOf(result)} ${result.detail}`).join('; ')}.`;
}

/** `chatwoot_health_2026-11-23T05-12-07-084Z.json` */
export function artifactName(at: Date): string {
  return `chatwoot_health_${at.toISOString().replaceAll(/[:.]/g, '-')}.json`;
}

function lineOf(result: ProbeResult): string {
  const { outcome, status, detail, latencyMs } = result;
  if (outcome === 'ok')
    return `${nameOf(result)}: OK ${status === null ? `(${detail})` : `(${status}) in ${latencyMs} ms`}`;
  return `${nameOf(result)}: FAILED (${detail})`;
}

/** Chatwoot's probes by the path that was asked; the others by what they are about. */
function nameOf({ component, probe, target }: ProbeResult): string {
  if (component === 'chatwoot') return new URL(target).pathname;
  return `${probe} ${target}`;
}
