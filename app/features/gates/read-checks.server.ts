import type { Queryable } from '../../lib/reading.ts';
import type { Check } from './green-streak.ts';

/** Checks read at most; at one every 5 minutes that is a week. */
const MOST = 2000;
/** Results are looked for this far back at most, h. */
const HOURS = 24;

/** The health checks since a time, newest first; components that are no longer configured do not count. */
export async function readChecks(db: Queryable, since: Date, now: Date): Promise<Check[]> {
  const { rows } = await db.query<{ at: Date; failed: string[]; unknown: boolean }>(
    `SELECT min(at) AS at, bool_or(outcome = 'inconclusive') AS unknown,
       COALESCE(array_agg(DISTINCT component) FILTER (WHERE outcome = 'failed'), '{}') AS failed
     FROM probe_results
     WHERE component IN (SELECT name FROM health_components)
       AND at >= GREATEST($1::timestamptz, $2::timestamptz - make_interval(hours => ${HOURS})) AND at <= $2
     GROUP BY tick ORDER BY min(at) DESC LIMIT ${MOST}`,
    [since, now],
  );
  return rows.map(({ at, failed, unknown }) => ({
    at,
    failed,
    outcome: failed.length > 0 ? 'red' : unknown ? 'inconclusive' : 'green',
  }));
}
