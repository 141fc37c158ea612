import type { Forecast } from './waiting-view.ts';

const HOUR_MS = 3_600_000;
/** Customers looked at in the simulation; beyond it the answer is "many" anyway. */
const MOST = 20_000;

/**
 * Breaches of the next hour, two ways. At the present pace: those who wait, and those who will write evenly at the rate of
 * the last hour, are answered one after the other, the most urgent first.
 * @param input.dueAt of those who wait, unix ms, any order; those breached already are answered too, and not counted again
 * @param input.answersPerHour 0: nobody answered in the last hour, so there is no pace to go by
 */
export function forecastBreaches(input: {
  dueAt: readonly number[];
  answersPerHour: number;
  arrivalsPerHour: number;
  targetMs: number;
  now: number;
}): Forecast {
  const { answersPerHour, arrivalsPerHour, targetMs, now } = input;
  const dueAt = [...input.dueAt].sort((a, b) => a - b).slice(0, MOST);
  const end = now + HOUR_MS;
  const inHour = (due: number) => due > now && due <= end;
  const ifNobodyAnswers = dueAt.filter(inHour).length;
  if (answersPerHour <= 0) return { ifNobodyAnswers, atPresentPace: null };
  const gap = HOUR_MS / answersPerHour;
  // Who writes later than this cannot breach within the hour.
  const arriving = Math.min(MOST, Math.floor(Math.max(0, arrivalsPerHour * (1 - targetMs / HOUR_MS))));
  const later = Array.from({ length: arriving }, (_, n) => {
    const at = now + ((n + 0.5) * HOUR_MS) / arrivalsPerHour;
    return { at, due: at + targetMs };
  });
  let free = now;
  let breaches = 0;
  for (const { at, due } of [...dueAt.map((due) => ({ at: now, due })), ...later]) {
    const answered = Math.max(free, at) + gap;
    free = answered;
    if (inHour(due) && answered > due) breaches += 1;
  }
  return { ifNobodyAnswers, atPresentPace: breaches };
}
