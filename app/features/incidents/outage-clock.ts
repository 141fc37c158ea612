import { durationText, minuteWords } from '../../lib/time-words.ts';

/** A time within an incident in which it worked: from a recovery until it failed again; ISO. */
export interface Lull {
  from: string;
  to: string;
}

/** What an incident says of its times; dates or ISO texts. */
export interface OutageTimes {
  /** The first failed check. */
  startedAt: Date | string;
  recoveredAt: Date | string | null;
  resolvedAt?: Date | string | null;
  /** Oldest first. */
  lulls: readonly Lull[];
}

/** A time in which it was down; `to` null: it still is. */
interface Part {
  from: number;
  to: number | null;
}

const ms = (at: Date | string): number => new Date(at).getTime();

/**
 * The one clock of an outage. An incident that fails again before somebody resolved it goes on, and its outage has several
 * parts: "since" is the beginning of the last, and every length of time leaves out the lulls in which it worked.
 */
function partsOf({ startedAt, recoveredAt, resolvedAt, lulls }: OutageTimes): Part[] {
  const end = recoveredAt ?? resolvedAt ?? null;
  const begins = [ms(startedAt), ...lulls.map(({ to }) => ms(to))];
  const ends = [...lulls.map(({ from }) => ms(from)), end === null ? null : ms(end)];
  return begins.map((from, index) => ({ from, to: ends[index] ?? null }));
}

/** The times in which it was down that reach into a span, cut to it; ms since 1970. */
export const downWithin = (times: OutageTimes, from: number, to: number): { from: number; to: number }[] =>
  partsOf(times)
    .map((part) => ({ from: Math.max(part.from, from), to: Math.min(part.to ?? to, to) }))
    .filter((part) => part.from < part.to);

/** When it last began to fail: "since" of every sentence about it. */
export const outageSince = ({ startedAt, lulls }: Pick<OutageTimes, 'startedAt' | 'lulls'>): Date =>
  new Date(lulls.at(-1)?.to ?? startedAt);

const lengthOf = ({ from, to }: Part, now: Date): number =>
  Math.max(0, (to === null ? now.getTime() : Math.min(to, now.getTime())) - from);

/** How long it has been down altogether, until `now` at the latest, ms. */
export const outageMs = (times: OutageTimes, now: Date): number =>
  partsOf(times).reduce((total, part) => total + lengthOf(part, now), 0);

/** How long its last part has lasted, or lasted, ms. */
export const lastPartMs = (times: OutageTimes, now: Date): number => lengthOf(partsOf(times).at(-1)!, now);

/** The moment at which it will have been down for so long, or had been; nothing falls into a lull. */
export function afterOutageOf(times: Pick<OutageTimes, 'startedAt' | 'lulls'>, forMs: number): Date {
  let left = forMs;
  for (const { from, to } of partsOf({ ...times, recoveredAt: null, resolvedAt: null })) {
    if (to === null || left <= to - from) return new Date(from + left);
    left -= to - from;
  }
  throw new Error('The last part of an outage has no end here.');
}

const ORDINALS = [
  'first',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
];

/** "third part of incident 1"; null while it has failed only once. */
export function partText({ id, lulls }: { id: number; lulls: readonly Lull[] }): string | null {
  if (lulls.length === 0) return null;
  return `${ORDINALS[lulls.length] ?? `${lulls.length + 1}th`} part of incident ${id}`;
}

/** "This is the third part of incident 1: 12 min of outage in all since 13:05 UTC."; null while it has failed only once. */
export function partSentence(incident: OutageTimes & { id: number }, now: Date): string | null {
  const part = partText(incident);
  const whole = durationText(outageMs(incident, now));
  return part && `This is the ${part}: ${whole} of outage in all since ${minuteWords(incident.startedAt)}.`;
}

/** "12 min", and "12 min in 3 parts" when it worked in between. */
export function outageText(times: OutageTimes, now: Date): string {
  const parts = times.lulls.length + 1;
  return `${durationText(outageMs(times, now))}${parts > 1 ? ` in ${parts} parts` : ''}`;
}

/** Which clock the steps follow that are due "after 10 min"; null: simply that of the incident. */
export function countedTimeText({
  startedAt,
  lulls,
}: Pick<OutageTimes, 'startedAt' | 'lulls'>): string | null {
  if (lulls.length === 0) return null;
  const worked = lulls.reduce((total, { from, to }) => total + ms(to) - ms(from), 0);
  return `Time counts only while it is down: since ${minuteWords(startedAt)}, without the ${durationText(worked)} in which it worked.`;
}

/** The lulls of an incident that fails again; what did not work for any time was none. */
export function afterLull(
  { recoveredAt, lulls }: Pick<OutageTimes, 'lulls' | 'recoveredAt'>,
  failsSince: Date,
): Lull[] {
  if (recoveredAt === null || ms(recoveredAt) >= failsSince.getTime()) return [...lulls];
  return [...lulls, { from: new Date(recoveredAt).toISOString(), to: failsSince.toISOString() }];
}

/** The lulls of two incidents that become one: only when both worked. */
export function commonLulls(a: OutageTimes, b: OutageTimes): Lull[] {
  const parts = [...partsOf(a), ...partsOf(b)]
    .map(({ from, to }) => ({ from, to: to ?? Number.POSITIVE_INFINITY }))
    .sort((one, other) => one.from - other.from);
  const lulls: Lull[] = [];
  let downUntil = parts[0]!.from;
  for (const { from, to } of parts) {
    if (from > downUntil)
      lulls.push({ from: new Date(downUntil).toISOString(), to: new Date(from).toISOString() });
    downUntil = Math.max(downUntil, to);
  }
  return lulls;
}

/** An outage that begins so often within so long, ms, comes and goes: what it does next is no news until it is steady. */
const FLAPPING = { times: 3, withinMs: 10 * 60_000 };
/** So long without a change is steady, ms. */
const STEADY_MS = 5 * 60_000;

/** Whether an outage, failing now, comes and goes. @param speed of a drill, by which its clocks are divided; else 1 */
export const isFlapping = (times: OutageTimes & { speed: number }, now: Date): boolean =>
  partsOf(times).filter(({ from }) => from >= now.getTime() - FLAPPING.withinMs / times.speed).length >=
  FLAPPING.times;

/** When what comes and goes will have been steady for long enough, either way, unless it changes before. */
export const steadyAt = ({
  recoveredAt,
  speed,
  ...times
}: Pick<OutageTimes, 'startedAt' | 'recoveredAt' | 'lulls'> & { speed: number }): Date =>
  new Date(ms(recoveredAt ?? outageSince(times)) + STEADY_MS / speed);

/** What goes on coming and going is told again after this time, ms. */
const STILL_MS = 30 * 60_000;

/** When it is told again that it still comes and goes. @param told when that was told last */
export const stillAt = (told: Date, speed: number): Date => new Date(told.getTime() + STILL_MS / speed);

/** For what is said about it: "5 min", "30 min". */
export const [STEADY_TEXT, STILL_TEXT] = [durationText(STEADY_MS), durationText(STILL_MS)];

/** Lulls as a `tstzmultirange` of PostgreSQL. */
export const lullsRange = (lulls: readonly Lull[]): string =>
  `{${lulls.map(({ from, to }) => `[${from},${to})`).join(',')}}`;

/** The times in which it was down until `to`, as a `tstzmultirange` of PostgreSQL. */
export function outageRange({ from, to, lulls }: { from: Date; to: Date; lulls: readonly Lull[] }): string {
  const parts = partsOf({ startedAt: from, recoveredAt: to, lulls }).filter((part) => part.from <= part.to!);
  const iso = (at: number) => new Date(at).toISOString();
  return `{${parts.map((part) => `[${iso(part.from)},${iso(part.to!)}]`).join(',')}}`;
}
