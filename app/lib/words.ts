/**
 * "1 message", "37 messages", "1,204 webhooks".
 * @param noun in the singular; the plural gets an s
 */
export function countText(n: number, noun: string): string {
  return `${numberText(n)} ${n === 1 ? noun : `${noun}s`}`;
}

/** Thousands with commas, the same on every machine. */
export function numberText(n: number): string {
  return n.toLocaleString('en-US');
}

/**
 * A length of time in its two biggest units, rounded down: "12 s", "4 min", "1 h 5 min", "3 d 2 h".
 * @param ms below zero counts as zero: two clocks may differ
 */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return two(hours, 'h', minutes % 60, 'min');
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const two = (big: number, bigUnit: string, small: number, smallUnit: string) =>
  small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;

/** `05:12 UTC` */
export function clockText(at: string | Date): string {
  return `${new Date(at).toISOString().slice(11, 16)} UTC`;
}

/** A share as a percentage with one decimal, rounded down so that it never looks better than it is. */
export function percentText(share: number): string {
  // 0.29 * 1000 is 289.999…: a millionth takes care of what binary fractions cannot say.
  return `${Math.floor(share * 1000 + 1e-6) / 10} %`;
}

/** Of a list, in a sentence: "a", "a and b", "a, b and c". */
export function listText(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** `2026-11-23 05:12:07 UTC` */
export function formatUtc(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** How long one request took: `850 ms`, `2.5 s`, `10 s`. */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  return seconds < 10 && !Number.isInteger(seconds) ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}
