import { clockWords, spanWords } from '../../lib/time-words.ts';
import { RECOVERY_TICKS } from './gate-item.ts';
import {
  byApp,
  greenStreak,
  type GreenStreak,
  notYet,
  type RecoveryInput,
  type RecoveryItem,
  type RecoveryVerdict,
  SUCCESS_RATIO,
} from './recovery-input.ts';

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

/** "9 of 15 min", or in a drill that runs faster "9 of 15 s"; rounded down. */
function clockOf(ms: number, neededMs: number): string {
  const [unit, length] = neededMs < 120_000 ? (['s', 1000] as const) : (['min', 60_000] as const);
  return `${Math.floor(ms / length)} of ${Math.round(neededMs / length)} ${unit}`;
}

function greenItem(input: RecoveryInput, streak: GreenStreak, now: Date): RecoveryItem {
  const { stillFiring } = input.incident;
  const neededMs = input.greenMs;
  const item = { ...byApp, key: 'green', title: `All health checks green for ${spanWords(neededMs)}` };
  const at = streak.to?.toISOString() ?? null;
  const progress = { done: Math.min(streak.ms, neededMs) / 60_000, of: neededMs / 60_000 };
  const none = { ...item, done: false, at, progress: { ...progress, done: 0 } };
  if (stillFiring.length > 0)
    return {
      ...none,
      evidence: `Not recovered: ${stillFiring.length === 1 ? 'an alert has' : `${stillFiring.length} alerts have`} not cleared yet. The incident’s page says what ${stillFiring.length === 1 ? 'it' : 'each'} saw.`,
    };
  if (!streak.to)
    return { ...none, evidence: `${whyBroken(streak)} The minutes count from the next green check.` };
  const silent = now.getTime() - streak.to.getTime() > input.maxGapMs;
  if (silent)
    return {
      ...none,
      evidence: `The last check was at ${clockWords(streak.to)}: since then nothing was measured. The minutes begin anew.`,
    };
  const done = streak.ms >= neededMs;
  const checks = `${streak.checks} ${streak.checks === 1 ? 'check' : 'checks'}, the last at ${clockWords(streak.to)}`;
  return {
    ...item,
    done,
    at,
    progress,
    evidence: done
      ? `Green for ${spanWords(streak.ms)}: ${checks}.`
      : `${clockOf(streak.ms, neededMs)} green (${checks}); begins anew if one fails. ${whyBroken(streak)}`.trim(),
  };
}

function whyBroken({ brokenBy }: GreenStreak): string {
  if (brokenBy?.why === 'red')
    return `${brokenBy.failed.join(', ') || 'A probe'} failed at ${clockWords(brokenBy.at)}.`;
  if (brokenBy) return `Nothing was measured for a while before ${clockWords(brokenBy.at)}.`;
  return '';
}

function deadLetterItem(input: RecoveryInput, since: Date | null, now: Date): RecoveryItem {
  const item = { ...byApp, key: 'dead_letters', title: 'No new dead letters' };
  if (!since) return notYet(item);
  const neededMs = input.greenMs;
  const fresh = input.deadLettersAt.filter((at) => at > since);
  const [newest] = fresh;
  const at = now.toISOString();
  if (!newest) return { ...item, done: true, at, evidence: `None since ${clockWords(since)}.` };
  const quietMs = now.getTime() - newest.getTime();
  const count = `${fresh.length} since ${clockWords(since)}, the last at ${clockWords(newest)}`;
  return {
    ...item,
    at,
    done: quietMs >= neededMs,
    progress: { done: Math.min(quietMs, neededMs) / 60_000, of: neededMs / 60_000 },
    evidence:
      quietMs >= neededMs
        ? `${count}; none for ${spanWords(quietMs)}.`
        : `${count}: it passes when none comes for ${spanWords(neededMs)}.`,
  };
}

function watchItem(input: RecoveryInput, now: Date): RecoveryItem {
  const { replays, deadLettersAt, watchMs: neededMs } = input;
  const item = {
    ...byApp,
    key: 'watch',
    title: `Webhooks watched for ${spanWords(neededMs)} after a replay`,
  };
  const at = now.toISOString();
  if (replays.running > 0) return { ...item, done: false, at, evidence: 'A replay is still running.' };
  if (!replays.finishedAt)
    return { ...item, done: true, at, evidence: 'Nothing was replayed, so there is nothing to watch.' };
  const [newest] = deadLettersAt;
  const broken = newest !== undefined && newest > replays.finishedAt;
  const from = broken ? newest : replays.finishedAt;
  const ms = now.getTime() - from.getTime();
  const what = broken ? 'the last dead letter after it' : 'the replay';
  return {
    ...item,
    at,
    done: ms >= neededMs,
    progress: { done: Math.min(ms, neededMs) / 60_000, of: neededMs / 60_000 },
    evidence:
      ms >= neededMs
        ? `No dead letter for ${spanWords(ms)} since ${what} (${clockWords(from)}).`
        : `${clockOf(ms, neededMs)} since ${what} (${clockWords(from)}); a dead letter begins it anew.`,
  };
}

function successItem({ runs }: RecoveryInput, since: Date | null, now: Date): RecoveryItem {
  const item = { ...byApp, key: 'success', title: 'More than 95 % of deliveries succeed' };
  if (!since) return notYet(item);
  const total = runs.delivered + runs.dead;
  const at = now.toISOString();
  if (total === 0)
    return {
      ...item,
      done: false,
      at,
      evidence:
        'Nothing was delivered since the recovery, so it is not known. The canary delivers something.',
    };
  const ratio = runs.delivered / total;
  // Rounded down, so that it never looks better than it is.
  const percent = Math.floor(ratio * 1000) / 10;
  return {
    ...item,
    at,
    done: ratio > SUCCESS_RATIO,
    evidence: `${runs.delivered} of ${total} since ${clockWords(since)} (${percent} %).`,
  };
}

function canaryItem({ canary }: RecoveryInput, since: Date | null): RecoveryItem {
  const item = {
    ...byApp,
    key: 'canary',
    how: 'canary' as const,
    title: 'Test conversation passed end to end',
    by: canary?.startedBy ?? null,
  };
  if (!canary) return { ...item, done: false, at: null, evidence: 'The canary has not run yet.' };
  const at = (canary.finishedAt ?? canary.startedAt).toISOString();
  if (canary.outcome !== 'passed') {
    const words = { running: 'is running', failed: 'failed', cancelled: 'was cancelled' }[canary.outcome];
    const why = canary.problem ? `: ${canary.problem}` : '.';
    return { ...item, done: false, at, evidence: `Canary ${canary.id} ${words}${why}` };
  }
  const done = since !== null && canary.finishedAt !== null && canary.finishedAt >= since;
  const durationMs = canary.finishedAt ? canary.finishedAt.getTime() - canary.startedAt.getTime() : null;
  return {
    ...item,
    done,
    at,
    durationMs,
    evidence: done
      ? `Canary ${canary.id} passed every step.`
      : `Canary ${canary.id} passed before the recovery began: run it again.`,
  };
}

function backlogItem({ backlog }: RecoveryInput, since: Date | null, now: Date): RecoveryItem {
  const item = { ...byApp, key: 'backlog', title: 'Backlog cleared' };
  if (!since) return notYet(item);
  const { undelivered, withheld, dead, waiting, breached } = backlog;
  const at = now.toISOString();
  if (waiting === null || breached === null)
    return {
      ...item,
      done: false,
      at,
      evidence: 'It is not known who waits: conversations are not read yet.',
    };
  const open = [
    undelivered > 0 &&
      `${undelivered} ${undelivered === 1 ? 'event' : 'events'} from before the recovery not delivered`,
    withheld > 0 &&
      `${withheld} fetched ${withheld === 1 ? 'message waits' : 'messages wait'} for a decision: send or leave`,
    dead > 0 && `${dead} ${dead === 1 ? 'dead letter' : 'dead letters'} neither replayed nor discarded`,
    waiting > 0 &&
      `${waiting} ${waiting === 1 ? 'customer waits' : 'customers wait'} since before the recovery`,
    breached > 0 && `${breached} of those who wait ${breached === 1 ? 'is' : 'are'} past the target`,
  ].filter((part) => part !== false);
  return {
    ...item,
    at,
    done: open.length === 0,
    evidence:
      open.length === 0
        ? 'Everything from the outage is delivered and answered, nobody waits past the target.'
        : `${open.join('; ')}.`,
  };
}

function slaItem({ marks, sla }: RecoveryInput, since: Date | null): RecoveryItem {
  const item = {
    key: 'sla',
    title: RECOVERY_TICKS.sla,
    how: 'person' as const,
    durationMs: null,
    progress: null,
  };
  const mark = marks.find((one) => one.item === 'sla');
  if (!mark?.done)
    return { ...item, done: false, at: null, by: null, evidence: `${adherenceWords(sla)} Review it.` };
  const done = since !== null && mark.at >= since;
  return {
    ...item,
    done,
    at: mark.at.toISOString(),
    by: mark.by,
    evidence: done
      ? [mark.note, adherenceWords(sla)].filter(Boolean).join(' · ')
      : 'It was ticked before the recovery began: look again.',
  };
}

function adherenceWords(sla: RecoveryInput['sla']): string {
  if (!sla) return 'It is not known how the SLA was kept.';
  const { inTime, breached, open } = sla;
  const decided = inTime + breached;
  const customers = (n: number) => (n === 1 ? '1 customer' : `${n} customers`);
  const waiting = open > 0 ? ` ${customers(open)} not due yet.` : '';
  if (decided === 0) return `Nobody who began waiting during the outage was due an answer yet.${waiting}`;
  // A share of some while others still wait would be taken for that of all.
  const share = open > 0 ? ' so far' : ` (${Math.floor((inTime / decided) * 1000) / 10} %)`;
  return `${inTime} of ${customers(decided)} who began waiting during the outage were answered in time${share}.${waiting}`;
}
