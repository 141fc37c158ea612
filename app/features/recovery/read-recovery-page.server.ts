import type { Services } from '../../lib/services.server.ts';
import { currentIncidents } from '../incidents/read-incidents.server.ts';
import { readCanary } from '../canary/read-canary.server.ts';
import { decideNext } from './decide-next.ts';
import { readRecoveryGate } from './read-recovery-gate.server.ts';
import type { RecoveryPageView } from './recovery-page-view.ts';
import { readRestoreGate } from './restore/read-restore-gate.server.ts';

/**
 * Both gates as they stand now.
 * @param incidentId whose recovery; null: the worst open incident's, else that of the one resolved last, within a day
 * @returns null when there is no such incident
 */
export async function readRecoveryPage(
  services: Services,
  { incidentId, now }: { incidentId: number | null; now: Date },
): Promise<RecoveryPageView | null> {
  const open = await currentIncidents(services);
  const wanted = incidentId ?? open[0]?.id ?? (await latestResolved(services, now));
  const [restore, canary, recovery, fallback] = await Promise.all([
    readRestoreGate(services, now),
    readCanary(services),
    wanted === null ? null : readRecoveryGate(services, wanted, now),
    readFallback(services),
  ]);
  if (incidentId !== null && !recovery) return null;
  return {
    state: decideNext({ fallbackOn: fallback.on, restore, recovery, canary }),
    fallback,
    restore,
    canary,
    recovery,
    others: open.filter(({ id }) => id !== wanted).map(({ id, title }) => ({ id, title })),
  };
}

async function latestResolved({ db }: Services, now: Date): Promise<number | null> {
  const { rows } = await db.pool.query<{ id: number }>(
    `SELECT id FROM incidents WHERE status = 'resolved' AND resolved_at > $1::timestamptz - interval '1 day'
     ORDER BY resolved_at DESC LIMIT 1`,
    [now],
  );
  return rows[0]?.id ?? null;
}

async function readFallback({ db }: Services): Promise<RecoveryPageView['fallback']> {
  const { rows } = await db.pool.query<{ since: Date }>(
    'SELECT started_at AS since FROM fallback_runs WHERE ended_at IS NULL',
  );
  const [run] = rows;
  return { on: run !== undefined, since: run?.since.toISOString() ?? null };
}
