/** How a moment is written: the day and the second, the day and the minute, the minute, or the second. */
type Form = 'full' | 'minute' | 'clock' | 'seconds';

const FROM_TO: Record<Form, [from: number, to: number]> = {
  full: [0, 19],
  minute: [0, 16],
  clock: [11, 16],
  seconds: [11, 19],
};

/** Names under which a browser or a person may ask for UTC. */
const UTC_NAMES = [
  'UTC',
  'Etc/UTC',
  'Etc/UCT',
  'Etc/Zulu',
  'Etc/Universal',
  'GMT',
  'Etc/GMT',
  'Etc/Greenwich',
];

/** Name of a time zone of the IANA database that this machine knows, or null. All names of UTC are `UTC`. */
export function knownZone(name: string | null | undefined): string | null {
  if (!name || name.length > 64 || !/^[A-Za-z]/.test(name)) return null;
  if (UTC_NAMES.includes(name)) return 'UTC';
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone && name;
  } catch {
    return null;
  }
}

/** Making one is slow, and a page writes hundreds of times. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  let clock = clocks.get(zone);
  if (!clock) {
    const two = '2-digit';
    const options = { year: 'numeric', month: two, day: two, hour: two, minute: two, second: two } as const;
    clock = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...options });
    clocks.set(zone, clock);
  }
  return clock;
}

/** `2026-11-23 06:12:07`, by the clock on the wall there. Numbers only: the server and every browser write the same. */
function onTheWall(at: Date, zone: string): string {
  if (zone === 'UTC') return at.toISOString().slice(0, 19).replace('T', ' ');
  const parts = Object.fromEntries(
    clockOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const { year = '', month, day, hour, minute, second } = parts;
  return `${year.padStart(4, '0')}-${month}-${day} ${hour}:${minute}:${second}`;
}

/** Nobody sets clocks twice in so many hours, ms. */
const NEAR_MS = 3 * 3_600_000;
/** Whether clocks were set about an hour of the record: by zone and hour, since the answer takes three looks. */
const changes = new Map<string, boolean>();
const MOST_KEPT = 5000;

/** By how much the clock on the wall is ahead of UTC, min. */
const offsetOf = (at: number, zone: string): number =>
  Math.round((Date.parse(`${onTheWall(new Date(at), zone).replace(' ', 'T')}Z`) - at) / 60_000);

function isNearChange(at: number, zone: string): boolean {
  const key = `${zone} ${Math.floor(at / 3_600_000)}`;
  let near = changes.get(key);
  if (near === undefined) {
    near = offsetOf(at - NEAR_MS, zone) !== offsetOf(at + NEAR_MS, zone);
    if (changes.size >= MOST_KEPT) changes.clear();
    changes.set(key, near);
  }
  return near;
}

/**
 * In the night in which clocks are set back an hour comes twice: ` UTC+2` behind the first 02:30 and ` UTC+1` behind the
 * second tell them apart. Empty for every moment that the clock on the wall shows once.
 */
function whichOfTwo(at: number, zone: string): string {
  if (zone === 'UTC' || !isNearChange(at, zone)) return '';
  const own = offsetOf(at, zone);
  const isTwice = [at - NEAR_MS, at + NEAR_MS].some((other) => {
    const offset = offsetOf(other, zone);
    return offset !== own && offsetOf(at + (own - offset) * 60_000, zone) === offset;
  });
  if (!isTwice) return '';
  const [hours, minutes] = [Math.floor(Math.abs(own) / 60), Math.abs(own) % 60];
  return ` UTC${own < 0 ? '-' : '+'}${hours}${minutes ? `:${String(minutes).padStart(2, '0')}` : ''}`;
}

/** A moment in a zone, without the zone's name: for tables and axes that say which it is. */
export function bareTime(iso: string | number, zone: string, form: Form = 'full'): string {
  const at = new Date(iso);
  return onTheWall(at, zone).slice(...FROM_TO[form]) + whichOfTwo(at.getTime(), zone);
}

/** A moment in a zone: `2026-11-23 06:12:07` by the reader's own clock, `2026-11-23 05:12:07 UTC` for whoever reads UTC. */
export function timeIn(iso: string | number, zone: string, form: Form = 'full'): string {
  return zone === 'UTC' ? `${bareTime(iso, zone, form)} UTC` : bareTime(iso, zone, form);
}

const MOMENT = String.raw`\b(?:\d{4}-\d\d-\d\d )?(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?`;
const COUNTED = String.raw`${MOMENT}(?: \(\d+\))?`;
/** "05:12:07 UTC", "2026-11-23 05:02 UTC", "between 05:02 and 05:31 UTC", "14:02 (3), 14:05 (1) UTC". */
const MOMENTS = new RegExp(String.raw`${COUNTED}(?:(?:, | and | to |–)${COUNTED})* UTC\b`, 'g');

/**
 * A sentence of the record, which names UTC, by the reader's clock: nothing of it is kept twice, and what was
 * written down before somebody chose a zone is read in it, too.
 * @param near a moment near those that are named without their day, ms since the epoch
 */
export function sentenceIn(text: string, zone: string, near: number): string {
  if (zone === 'UTC' || !text.includes(' UTC')) return text;
  return text.replace(MOMENTS, (moments) => {
    let day = new Date(near).toISOString().slice(0, 10);
    return moments.slice(0, -' UTC'.length).replace(new RegExp(MOMENT, 'g'), (moment) => {
      const withDay = moment.includes('-');
      if (withDay) day = moment.slice(0, 10);
      const clock = withDay ? moment.slice(11) : moment;
      const at = Date.parse(`${day}T${clock}Z`);
      // Not a moment, whatever it looks like.
      if (Number.isNaN(at)) return moment;
      const wall = onTheWall(new Date(at), zone);
      const end = clock.length === 5 ? 16 : 19;
      return wall.slice(withDay ? 0 : 11, end) + whichOfTwo(at, zone);
    });
  });
}
