const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** A length of time in words, two units at most: `10 min`, `1 h 5 min`, `30 s`. */
export function spanWords(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < 1000) return `${Math.round(whole)} ms`;
  const first = UNITS.findIndex(([, length]) => whole >= length);
  const [unit, length] = UNITS[first]!;
  const n = Math.floor(whole / length);
  const next = UNITS[first + 1];
  const rest = next && unit !== 's' && unit !== 'min' ? Math.floor((whole - n * length) / next[1]) : 0;
  return rest > 0 ? `${n} ${unit} ${rest} ${next![0]}` : `${n} ${unit}`;
}

/** A time as everybody involved writes it: `05:12:07 UTC`. */
export const clockWords = (at: Date): string => `${at.toISOString().slice(11, 19)} UTC`;

/** To the minute, as people say since when: `05:12 UTC`. */
export const minuteWords = (at: Date): string => `${at.toISOString().slice(11, 16)} UTC`;
