import { DateTime } from 'luxon';

/** How a spreadsheet's dates with slashes are meant. */
export type DateOrder = 'month_first' | 'day_first';

export interface TimeReading {
  /** Zone of times that name none, e.g. `Europe/Berlin`. */
  zone: string;
  order: DateOrder;
}

const CLOCKS = ['HH:mm', 'HH:mm:ss', 'h:mm a', 'h:mm:ss a'];
const DATES = { month_first: ['M/d/yyyy', 'M/d/yy'], day_first: ['d/M/yyyy', 'd/M/yy'] };

/**
 * A moment as people and spreadsheets write it: ISO 8601, `2026-11-23 14:05`, `23.11.2026 14:05`, `11/23/2026 2:05 PM`.
 * What names an offset or `UTC` is exact; else it is a wall clock's in the zone of the reading. An hour that the clock
 * shows twice is the first of the two: the customer has waited at least as long as that.
 * @returns null when it is none of these, or an hour that the clock skipped
 */
export function readMoment(text: string, { zone, order }: TimeReading): Date | null {
  const said = text.trim().replaceAll(/\s+/g, ' ');
  const exact = /(?:Z|[+-]\d{2}:?\d{2}| ?UTC)$/i.test(said) && /\d:\d{2}/.test(said);
  if (exact) {
    const moment = DateTime.fromISO(said.replace(/ ?UTC$/i, 'Z').replace(' ', 'T'), { setZone: true });
    return moment.isValid ? moment.toJSDate() : null;
  }
  const local = DateTime.fromISO(said.replace(' ', 'T'), { zone });
  if (/^\d{4}-\d{2}-\d{2}[T ]/.test(said) && local.isValid) return shownByClock(local, said);
  for (const date of ['d.M.yyyy', 'd.M.yy', ...DATES[order]]) {
    for (const clock of CLOCKS) {
      const moment = DateTime.fromFormat(said.replace(', ', ' '), `${date} ${clock}`, {
        zone,
        locale: 'en-US',
      });
      if (moment.isValid) return shownByClock(moment, said);
    }
  }
  return null;
}

/** Luxon moves a time that the clock skipped; the minute that it then shows is not the one that was written. */
function shownByClock(moment: DateTime, said: string): Date | null {
  const minutes = /:(\d{2})/.exec(said)?.[1];
  const hour = Number(/(\d{1,2}):\d{2}/.exec(said)?.[1]);
  const shown = /pm$/i.test(said) ? (hour % 12) + 12 : /am$/i.test(said) ? hour % 12 : hour;
  if (moment.hour !== shown || moment.minute !== Number(minutes)) return null;
  const [first] = moment.getPossibleOffsets().sort((a, b) => a.toMillis() - b.toMillis());
  return (first ?? moment).toJSDate();
}

/** A zone that this machine knows, by its name; null otherwise. */
export const knownZone = (name: string): string | null =>
  DateTime.utc().setZone(name).isValid ? name : null;

const LONGEST_MS = 365 * 86_400_000;

/**
 * A response time as people write it: `12` (minutes), `12 min`, `1 h 5 min`, `0:12` or `00:12:30` (hours first), `45 s`.
 * @returns ms; null when it is none of these
 */
export function readLength(text: string): number | null {
  const said = text.trim().toLowerCase().replaceAll(',', '.');
  const clock = /^(\d{1,3}):([0-5]\d)(?::([0-5]\d))?$/.exec(said);
  if (clock) return (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0)) * 1000;
  if (/^\d+(\.\d+)?$/.test(said)) return bounded(Number(said) * 60_000);
  const units =
    /^(?:(\d+(?:\.\d+)?) ?(?:d|days?))? ?(?:(\d+(?:\.\d+)?) ?(?:h|hrs?|hours?))? ?(?:(\d+(?:\.\d+)?) ?(?:m|mins?|minutes?))? ?(?:(\d+) ?(?:s|secs?|seconds?))?$/.exec(
      said,
    );
  if (!units || said === '') return null;
  const [days, hours, minutes, seconds] = units.slice(1).map((part: string | undefined) => Number(part ?? 0));
  return bounded((days! * 86_400 + hours! * 3600 + minutes! * 60 + seconds!) * 1000);
}

const bounded = (ms: number): number | null => (ms <= LONGEST_MS ? Math.round(ms) : null);
