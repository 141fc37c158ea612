import { greenStreak, type GreenStreak } from './green-streak.ts';
import { backlogItem, canaryItem, slaItem, successItem } from './recorded-items.ts';
import type { RecoveryInput, RecoveryVerdict } from './recovery-input.ts';
import { deadLetterItem, greenItem, watchItem } from './timed-items.ts';

/** Where the recovery that is being proved began; null while a check is red or a rule about deliveries fires. */
export function recoveryStreak(input: Pick<RecoveryInput, 'incident' | 'checks' | 'maxGapMs'>): GreenStreak {
  const { startedAt, deliveryClearedAt } = input.incident;
  const floor = deliveryClearedAt && deliveryClearedAt > startedAt ? deliveryClearedAt : startedAt;
  return greenStreak(input.checks, floor, input.maxGapMs);
}

/** The runbook's recovery checklist (section 4) for one incident, judged on what is on record. */
export function judgeRecovery(input: RecoveryInput, now: Date): RecoveryVerdict {
  const streak = recoveryStreak(input);
  const since = input.incident.stillFiring.length > 0 ? null : streak.from;
  const items = [
    greenItem(input, streak, now),
    deadLetterItem(input, since, now),
    successItem(input, since, now),
    canaryItem(input, since),
    backlogItem(input, since, now),
    slaItem(input, since),
    watchItem(input, now),
  ];
  return { passed: items.every(({ done }) => done), since, items };
}
