import type { AlertState, RuleReading } from './rule-reading.ts';

export interface AlertDecision {
  next: AlertState;
  change: 'fired' | 'cleared' | null;
}

/**
 * Where an alert goes from where it was. It fires at the first reading that fires and stays so until `recoveryChecks`
 * good readings in a row with new evidence each; unknown neither fires nor clears. What is stored decides, so a restart
 * neither repeats nor forgets an alert.
 */
export function decideAlert(
  previous: AlertState | null,
  reading: RuleReading,
  now: Date,
  { ALERT_RECOVERY_CHECKS: recoveryChecks }: { ALERT_RECOVERY_CHECKS: number },
): AlertDecision {
  const seen = {
    rule: reading.rule,
    severity: reading.severity,
    evaluatedAt: now,
    value: reading.value,
    threshold: reading.threshold,
    words: reading.words,
    numbers: reading.numbers,
  };
  const calm = { okStreak: 0, okSince: null, incidentId: null };
  if (previous?.state !== 'firing') {
    const since = previous?.state === reading.state ? previous.since : now;
    const next: AlertState = {
      ...seen,
      ...calm,
      state: reading.state,
      since,
      firstBadAt: reading.firstBadAt,
      countedAt: reading.evidenceAt,
    };
    if (reading.state !== 'firing') return { next, change: null };
    const onset = reading.firstBadAt && reading.firstBadAt < now ? reading.firstBadAt : now;
    return { next: { ...next, since: now, firstBadAt: onset }, change: 'fired' };
  }
  const same: AlertState = { ...previous, ...seen };
  if (reading.state === 'firing' || reading.breaksRecovery)
    return {
      next: { ...same, okStreak: 0, okSince: null, countedAt: reading.evidenceAt },
      change: null,
    };
  if (reading.state === 'unknown' || !isNewEvidence(previous, reading)) return { next: same, change: null };
  const okStreak = previous.okStreak + 1;
  const next = { ...same, okStreak, okSince: previous.okSince ?? now, countedAt: reading.evidenceAt };
  if (okStreak < recoveryChecks) return { next, change: null };
  return { next: { ...next, ...calm, state: 'ok', since: now, firstBadAt: null }, change: 'cleared' };
}

function isNewEvidence({ countedAt }: AlertState, { evidenceAt, spacingMs }: RuleReading): boolean {
  if (!evidenceAt) return false;
  if (!countedAt) return true;
  const apart = evidenceAt.getTime() - countedAt.getTime();
  return apart > 0 && apart >= spacingMs;
}
