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

/** What the form takes: no more often than daily, and only parts whose meaning people know. */
const RULE =
  /^FREQ=(?:DAILY|WEEKLY|MONTHLY|YEARLY)(?:;(?:INTERVAL|BYDAY|BYMONTHDAY|BYMONTH|BYSETPOS|COUNT|UNTIL|WKST)=[A-Z0-9,+-]{1,40}){0,8}$/;

const DAY_MS = 86_400_000;

/** A rule that somebody typed, as it is kept; null for what is none. */
export function parseRule(typed: string): string | null {
  const rule = typed
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/, '');
  return RULE.test(rule) ? rule : null;
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
  const recurs = new RRuleTemporal({ rruleString: `${dtstart}\nRRULE:${rule}`, maxIterations: 10_000 });
  return recurs.between(after, until, true).flatMap((at) => {
    const from = new Date(at.epochMilliseconds);
    const end = at.toPlainDateTime().add({ minutes }).toZonedDateTime(zone);
    return from > after && from <= until ? [{ from, to: new Date(end.epochMilliseconds) }] : [];
  });
}

/** The next time after a moment, within two years; null: there is none. */
export const nextOf = (series: Series, after: Date): { from: Date; to: Date } | null =>
  occurrencesOf(series, after, new Date(after.getTime() + 731 * DAY_MS))[0] ?? null;
