import type { Services } from '../../lib/services.server.ts';
import type { IntakeStatus } from '../intake/intake.ts';
import { chartOf, RANGES } from './chart.ts';
import { decideNextStep } from './decide-next-step.ts';
import { decideVerdict } from './decide-verdict.ts';
import { decideWarnings } from './decide-warnings.ts';
import type { Overview, Range } from './overview.ts';
import { overviewWithoutDatabase } from './overview-without-database.ts';
import { readBuckets } from './read-buckets.server.ts';
import { readFigures } from './read-figures.server.ts';
import { readRecentEvents } from './read-recent-events.server.ts';
import { tilesOf } from './tiles.ts';

interface View {
  range: Range;
  now: Date;
}

/**
 * Everything the page shows. While the database does not answer within DATABASE_TIMEOUT_MS: what this process knows
 * by itself, and unknown for the rest.
 * @param intake the intake of this process
 */
export async function readOverview(services: Services, intake: IntakeStatus, view: View): Promise<Overview> {
  const { config, db } = services;
  const without = () => overviewWithoutDatabase(config, intake, db.status(), view);
  if (db.status().state !== 'up') return without();
  try {
    const overview = await within(config.DATABASE_TIMEOUT_MS, fromDatabase(services, intake, view));
    return overview ?? without();
  } catch (error) {
    // Gone in the middle is what the page is made for; anything else is a mistake of ours.
    const answers = await within(config.DATABASE_TIMEOUT_MS, db.pool.query('SELECT 1')).catch(() => null);
    if (answers) throw error;
    return without();
  }
}

async function fromDatabase(
  services: Services,
  intake: IntakeStatus,
  { range, now }: View,
): Promise<Overview> {
  const { prisma } = services.db;
  const [figures, ranged, events] = await Promise.all([
    readFigures(services, intake, now),
    range === '1h' ? null : readBuckets(prisma, RANGES[range], now),
    readRecentEvents(prisma),
  ]);
  const { hour, timeoutMs, ledger, ledgerCheck, replays } = figures;
  return {
    at: now.toISOString(),
    configured: figures.agentHealthUrl !== null,
    verdict: decideVerdict(figures, now),
    nextStep: decideNextStep(figures),
    warnings: decideWarnings(figures),
    tiles: tilesOf(figures, now),
    range,
    chart: chartOf(ranged ?? hour, timeoutMs),
    ledger,
    ledgerCheck,
    replays,
    events,
  };
}

/** null when it takes longer. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // What comes too late is nobody's business any more, also when it fails.
    work.catch(() => undefined);
  }
}
