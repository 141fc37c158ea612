import type { Registration } from '../features/health/investigations/signature.server.ts';
import type { ProbeResult } from '../features/health/probe.ts';

/** One line a probe: `/rails/health: OK (200)`; and one of our webhook in Chatwoot's list. */
export function checkText(results: readonly ProbeResult[], registration: Registration | null): string {
  const lines = [...results.map(lineOf), registrationLine(registration)];
  return lines.map((line) => `${line}\n`).join('');
}

function registrationLine(registration: Registration | null): string {
  if (!registration) return 'webhook: not compared, because APP_URL, the address of this app, is not set';
  const { ok, evidence, nextStep } = registration;
  return ok
    ? `webhook: OK (${plain(evidence)})`
    : `webhook: FAILED (${plain(evidence)}) ${nextStep ?? ''}`.trim();
}

const plain = (sentence: string) => sentence.replace(/\.$/, '');

/** Why the check as a whole failed, in one line. */
export function failureLine(results: readonly ProbeResult[], registration: Registration | null): string {
  const failed = results.filter(({ outcome }) => outcome !== 'ok');
  const parts = failed.map((result) => `${nameOf(result)} ${result.detail}`);
  if (registration?.ok === false) parts.push(plain(registration.evidence));
  return `Health check failed: ${parts.join('; ')}.`;
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
