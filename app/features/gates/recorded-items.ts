import { clockWords } from '../incidents/span-words.ts';
import { byApp, notYet, SUCCESS_RATIO, type RecoveryInput, type RecoveryItem } from './recovery-input.ts';
import { RECOVERY_TICKS } from './tickable.ts';

export function successItem({ runs }: RecoveryInput, since: Date | null, now: Date): RecoveryItem {
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

export function canaryItem({ canary }: RecoveryInput, since: Date | null): RecoveryItem {
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

export function backlogItem({ backlog }: RecoveryInput, since: Date | null, now: Date): RecoveryItem {
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

export function slaItem({ marks, sla }: RecoveryInput, since: Date | null): RecoveryItem {
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
  if (decided === 0) return `Nobody’s answer fell due of those who began to wait in the outage.${waiting}`;
  const percent = Math.floor((inTime / decided) * 1000) / 10;
  return `${inTime} of ${customers(decided)} who began to wait in the outage were answered in time (${percent} %).${waiting}`;
}
