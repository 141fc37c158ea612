import type { Services } from '../../lib/services.server.ts';
import type { RecentCheck } from './health-view.ts';

/** A check a second for an hour, for both. */
const MOST = 7200;

/** Checks of the two parts that support depends on, oldest first. @param from since when */
export async function readRecentChecks({ db }: Services, from: Date): Promise<RecentCheck[]> {
  const { rows } = await db.pool.query<Omit<RecentCheck, 'at'> & { at: Date }>({
    name: 'recent-checks',
    text: `SELECT at, component AS part, outcome FROM probe_results
      WHERE probe = ANY ('{chatwoot.live,agent}') AND at >= $1 ORDER BY at LIMIT ${MOST}`,
    values: [from],
  });
  return rows.map(({ at, ...check }) => ({ ...check, at: at.toISOString() }));
}
