import { setTimeout as delay } from 'node:timers/promises';
import type { Services } from '../../lib/services.server.ts';
import {
  type DeadLetterCluster,
  deadLetterClusters,
} from '../delivery/dead-letters/read-dead-letter-clusters.server.ts';
import {
  type DeadLetterPage,
  type DeadLetterQuery,
  listDeadLetters,
} from '../delivery/dead-letters/read-dead-letter-list.server.ts';
import type { IntakeStatus } from '../intake/intake.ts';
import { decideNextStep } from './decide-next-step.ts';
import { decideVerdict } from './decide-verdict.ts';
import { databaseWarnings, decideWarnings } from './decide-warnings.ts';
import { topIncident } from './incident-rules.ts';
import type { Overview, Range } from './overview-view.ts';
import { overviewWithoutDatabase } from './overview-without-database.ts';
import { chartOf, RANGES, readBuckets } from './read-chart.server.ts';
import { readOverviewFigures } from './read-overview-figures.server.ts';
import { readRecentEvents } from './read-recent-events.server.ts';
import { tilesOf } from './tiles/tiles.ts';

/** A database that takes longer counts as away: a page that says so is better than one that never comes. */
const PATIENCE_MS = 4000;
/** For the question whether it answers at all. */
const PING_PATIENCE_MS = 1500;
/** Far more causes than there are error classes, codes and events in practice. */
const MAX_CLUSTERS = 200;

export interface Page {
  overview: Overview;
  /** null: the database does not answer. */
  deadLetters: { page: DeadLetterPage; clusters: DeadLetterCluster[] } | null;
}

/** Everything that the Outage Center page shows; without the database, what this process knows by itself. */
export async function readPage(
  services: Services,
  intake: IntakeStatus,
  request: { range: Range; query: DeadLetterQuery; now: Date },
): Promise<Page> {
  const { db, config, log } = services;
  const without = () => ({
    overview: overviewWithoutDatabase(config, intake, db.status(), request),
    deadLetters: null,
  });
  if (db.status().state !== 'up') return without();
  try {
    return await patiently(read(services, intake, request));
  } catch (error) {
    const answers = await patiently(db.pool.query('SELECT 1'), PING_PATIENCE_MS).then(
      () => true,
      () => false,
    );
    log.warn({ problem: String(error), databaseAnswers: answers }, 'page not read');
    // It was away only for a moment; or the fault is ours, and then it shows again.
    return answers ? await patiently(read(services, intake, request)) : without();
  }
}

async function read(
  services: Services,
  intake: IntakeStatus,
  { range, query, now }: { range: Range; query: DeadLetterQuery; now: Date },
): Promise<Page> {
  const [overview, page, clusters] = await Promise.all([
    readOverview(services, intake, { range, now }),
    listDeadLetters(services, query),
    deadLetterClusters(services, MAX_CLUSTERS),
  ]);
  return { overview, deadLetters: { page, clusters } };
}

async function patiently<T>(work: Promise<T>, ms = PATIENCE_MS): Promise<T> {
  const stop = new AbortController();
  const late = delay(ms, undefined, { signal: stop.signal, ref: false }).then(() => {
    throw new Error(`no answer within ${ms} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
    late.catch(() => undefined);
  }
}

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
    readOverviewFigures(services, intake, now),
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
