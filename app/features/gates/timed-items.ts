import { clockWords, spanWords } from '../incidents/span-words.ts';
import type { GreenStreak } from './green-streak.ts';
import { byApp, notYet, type RecoveryInput, type RecoveryItem } from './recovery-input.ts';

/** "9 of 15 min", or in a drill that runs faster "9 of 15 s"; rounded down. */
function clockOf(ms: number, neededMs: number): string {
  const [unit, length] = neededMs < 120_000 ? (['s', 1000] as const) : (['min', 60_000] as const);
  return `${Math.floor(ms / length)} of ${Math.round(neededMs / length)} ${unit}`;
}

export function greenItem(input: RecoveryInput, streak: GreenStreak, now: Date): RecoveryItem {
  const { stillFiring } = input.incident;
  const neededMs = input.greenMs;
  const item = { ...byApp, key: 'green', title: `All health checks green for ${spanWords(neededMs)}` };
  const at = streak.to?.toISOString() ?? null;
  const progress = { done: Math.min(streak.ms, neededMs) / 60_000, of: neededMs / 60_000 };
  const none = { ...item, done: false, at, progress: { ...progress, done: 0 } };
  if (stillFiring.length > 0)
    return {
      ...none,
      evidence: `Not recovered: an alert has not cleared yet. It said: ${stillFiring.join(' ')}`,
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

export function deadLetterItem(input: RecoveryInput, since: Date | null, now: Date): RecoveryItem {
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

export function watchItem(input: RecoveryInput, now: Date): RecoveryItem {
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
