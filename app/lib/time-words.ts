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

/** A time as everybody involved writes it: `05:12:07 UTC`. */
export const clockWords = (at: Date): string => `${at.toISOString().slice(11, 19)} UTC`;

/** To the minute, as people say since when: `05:12 UTC`. */
export const minuteWords = (at: string | Date): string => `${new Date(at).toISOString().slice(11, 16)} UTC`;

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

/** Shown from this difference on, and a warning from that, ms. */
const SHOWN_MS = 2000;
export const WARNING_MS = 60_000;

/** Two clocks at one moment. */
export interface ClockDifference {
  /** By how much Chatwoot's is ahead, ms; negative when it is behind. */
  aheadMs: number;
  /** The same moment by both, ISO. */
  there: string;
  here: string;
}

/** "Chatwoot's clock is 10 min 3 s ahead of ours: 14:12:05 there, 14:02:02 UTC here." Null when it is no more than 2 s. */
export function clockDifferenceWords({ aheadMs, there, here }: ClockDifference): string | null {
  if (Math.abs(aheadMs) <= SHOWN_MS) return null;
  const clock = (iso: string) => iso.slice(11, 19);
  const day = there.slice(0, 10) === here.slice(0, 10) ? '' : `${there.slice(0, 10)} `;
  return `Chatwoot's clock is ${spanOf(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} ours: ${day}${clock(there)} there, ${clock(here)} UTC here.`;
}

export const CLOCK_CURE =
  'Switch on time synchronisation (NTP) on both machines: "timedatectl" shows which clock is not synchronised. Until then times are reckoned with the difference.';

/** "45 s", "10 min 3 s", "2 h 5 min". */
function spanOf(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The clock of a machine beside the database's. */
export interface ProcessClock {
  host: string;
  /** By how much the machine's is ahead, ms; negative when it is behind. */
  aheadMs: number;
}

/** Beyond this a difference is a warning, ms. */
export const APART_MS = SHOWN_MS;

/** "The clock of worker-2 is 10 min ahead of the database's: 14:12:05 there, 14:02:05 UTC at the database." */
export function processClockWords({ host, aheadMs }: ProcessClock, now: Date): string {
  const there = new Date(now.getTime() + aheadMs).toISOString();
  const here = now.toISOString();
  const day = there.slice(0, 10) === here.slice(0, 10) ? '' : `${there.slice(0, 10)} `;
  return `The clock of ${host} is ${spanOf(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} the database's: ${day}${there.slice(11, 19)} there, ${here.slice(11, 19)} UTC at the database.`;
}

export const PROCESS_CLOCK_CURE =
  "Switch on time synchronisation (NTP) there. Until then everything goes by the database's clock, and nothing is late.";
