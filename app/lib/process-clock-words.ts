import { SHOWN_MS, spanOf } from './chatwoot/clock-words.ts';

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
