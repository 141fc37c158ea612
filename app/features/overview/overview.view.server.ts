import type { Services } from '../../lib/services.server.ts';
import type { IntakeStatus } from '../intake/intake.ts';
import { chartOf, RANGES } from './chart.ts';
import { decideNextStep } from './decide-next-step.ts';
import { decideVerdict } from './decide-verdict.ts';
import { databaseWarnings, decideWarnings } from './decide-warnings.ts';
import { topIncident } from './incident-rules.ts';
import type { Overview, Range } from './overview.ts';
import { readBuckets } from './read-buckets.server.ts';
import { readFigures } from './read-figures.server.ts';
import { readRecentEvents } from './read-recent-events.server.ts';
import { tilesOf } from './tiles.ts';

/**
 * Everything of the page but the list of dead letters.
 * @param intake the intake of this process
 * @throws when the database does not answer: then `overviewWithoutDatabase` is the truth
 */
export async function readOverview(
  services: Services,
  intake: IntakeStatus,
  { range, now }: { range: Range; now: Date },
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
    incident: topIncident(figures),
    otherIncidents: figures.outage.incidents.filter((incident) => incident !== topIncident(figures)),
    warnings: [...databaseWarnings(services.db.status().warnings), ...decideWarnings(figures, now)],
    tiles: tilesOf(figures, now),
    range,
    chart: chartOf(ranged ?? hour, timeoutMs),
    ledger,
    ledgerCheck,
    replays,
    events,
  };
}
