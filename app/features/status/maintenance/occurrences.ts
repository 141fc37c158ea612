import { RRuleTemporal } from 'rrule-temporal';

/** What comes again, by the clock of a zone. */
export interface Series {
  /** `YYYY-MM-DDTHH:MM`, in the zone. */
  starts: string;
  zone: string;
  /** An RRULE of RFC 5545 without its name, e.g. `FREQ=WEEKLY;BYDAY=SU`. */
  rule: string;
  /** How long each time lasts by the clock, minutes. */
  minutes: number;
}

const DAY = '(?:MO|TU|WE|TH|FR|SA|SU)';
const listOf = (one: string) => new RegExp(`^${one}(?:,${one}){0,30}$`);

/** What the form takes: no more often than daily, and only parts and values whose meaning people know. */
const PARTS: Record<string, RegExp> = {
  FREQ: /^(?:DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: /^[1-9]\d?$/,
  COUNT: /^[1-9]\d{0,3}$/,
  UNTIL: /^\d{8}(?:T\d{6}Z?)?$/,
  BYDAY: listOf(String.raw`(?:[+-]?(?:[1-9]|[1-4]\d|5[0-3]))?${DAY}`),
  BYMONTHDAY: listOf(String.raw`[+-]?(?:[1-9]|[12]\d|3[01])`),
  BYMONTH: listOf('(?:[1-9]|1[0-2])'),
  BYSETPOS: listOf(String.raw`[+-]?(?:[1-9]\d?|[12]\d\d|3[0-5]\d|36[0-6])`),
  WKST: new RegExp(`^${DAY}$`),
};
const LONGEST_RULE = 300;

const DAY_MS = 86_400_000;
/** So far ahead its times are looked at, ms. */
const REACH_MS = 731 * DAY_MS;
/** Periods of a rule (days, months, …) that are gone through, with times in them or not: 27 years of days. */
const MOST_PERIODS = 10_000;

/** A rule that somebody typed, as it is kept; null for what is none. */
export function parseRule(typed: string): string | null {
  const rule = typed
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/, '');
  if (rule.length > LONGEST_RULE || !rule.startsWith('FREQ=')) return null;
  const given = new Map<string, string>();
  for (const part of rule.split(';')) {
    const [, name = '', value = ''] = /^([A-Z]+)=([A-Z0-9,+-]+)$/.exec(part) ?? [];
    if (given.has(name) || !PARTS[name]?.test(value)) return null;
    given.set(name, value);
  }
  return contradicts(given) ? null : rule;
}

/** Parts that RFC 5545, 3.3.10, forbids together. */
function contradicts(given: Map<string, string>): boolean {
  const isShort = ['DAILY', 'WEEKLY'].includes(given.get('FREQ')!);
  return (
    (given.has('COUNT') && given.has('UNTIL')) ||
    (isShort && /\d/.test(given.get('BYDAY') ?? '')) ||
    (given.get('FREQ') === 'WEEKLY' && given.has('BYMONTHDAY')) ||
    (given.has('BYSETPOS') && !['BYDAY', 'BYMONTHDAY', 'BYMONTH'].some((name) => given.has(name)))
  );
}

/**
 * The times of a series that begin after one moment and until another. Both ends are by the zone's clock, so that from 1 to 4
 * o'clock is four hours in the night in which an hour comes twice; a beginning that the clock leaves out is no time (RFC 5545, 3.3.10).
 * @throws when the rule or the zone is none
 */
export function occurrencesOf(
  { starts, zone, rule, minutes }: Series,
  after: Date,
  until: Date,
): { from: Date; to: Date }[] {
  const dtstart = `DTSTART;TZID=${zone}:${starts.replaceAll(/[-:]/g, '')}00`;
  // The library goes through all that a COUNT allows before it looks at any, also where that is in the year 300,000.
  const [counted, count] = /;COUNT=(\d+)/.exec(rule) ?? [];
  const end = until.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const bounded = counted ? rule.replace(counted, `;UNTIL=${end}`) : rule;
  const recurs = new RRuleTemporal({
    rruleString: `${dtstart}\nRRULE:${bounded}`,
    maxIterations: MOST_PERIODS,
  });
  const times = counted
    ? recurs.all((_at, index) => index < Number(count))
    : recurs.between(after, until, true);
  return times.flatMap((at) => {
    const from = new Date(at.epochMilliseconds);
    const end = at.toPlainDateTime().add({ minutes }).toZonedDateTime(zone);
    return from > after && from <= until ? [{ from, to: new Date(end.epochMilliseconds) }] : [];
  });
}

/**
 * The next time after a moment; null: there is none in a century.
 * @throws when the rule or the zone is none, or hardly ever has a time
 */
export function nextOf(series: Series, after: Date): { from: Date; to: Date } | null {
  // Step by step: most come soon, and looking far ahead for one that comes daily is too much.
  for (const days of [731, 12 * 366, 100 * 366]) {
    const [next] = occurrencesOf(series, after, new Date(after.getTime() + days * DAY_MS));
    if (next) return next;
  }
  return null;
}

/** Whether one of its times within two years after a moment goes on until the next one, so that there is no end to them. */
export function runsTogether(series: Series, after: Date): boolean {
  const times = occurrencesOf(series, after, new Date(after.getTime() + REACH_MS));
  return times.some(({ to }, index) => times[index + 1] !== undefined && times[index + 1]!.from <= to);
}
