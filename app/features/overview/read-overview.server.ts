import { setTimeout as delay } from 'node:timers/promises';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { Services } from '../../lib/services.server.ts';
import { readProof } from '../arrival/connect/prove-arrival.server.ts';
import { readCanaryEvidence } from '../canary/read-canary.server.ts';
import type {
  DeadLetterCluster,
  DeadLetterPage,
  DeadLetterQuery,
} from '../delivery/dead-letters/dead-letter-view.ts';
import {
  deadLetterClusters,
  listDeadLetters,
} from '../delivery/dead-letters/read-dead-letter-list.server.ts';
import { lastDrillAt } from '../drill/read-drills.server.ts';
import { factType, factTypes } from '../facts/record-fact.server.ts';
import { readRecentChecks } from '../health/read-components.server.ts';
import { outageSince } from '../incidents/outage-clock.ts';
import type { IntakeStatus } from '../intake/intake.ts';
import { customersWaiting } from '../waiting/waiting-view.ts';
import { decideNextStep } from './decide-next-step.ts';
import { decideVerdict } from './decide-verdict.ts';
import { databaseWarnings, decideWarnings } from './decide-warnings.ts';
import {
  FOLDED_TYPES,
  type FoldedFacts,
  SINGLE_TYPES,
  type SingleFact,
  tellFolded,
  tellSingle,
} from './event-words.ts';
import type { OverviewFigures } from './figures.ts';
import { topIncident } from './incident-rules.ts';
import type { Overview, Range, RecentEvent } from './overview-view.ts';
import { overviewWithoutDatabase } from './overview-without-database.ts';
import { chartOf, RANGES, readBuckets } from './read-chart.server.ts';
import { readOverviewFigures } from './read-overview-figures.server.ts';
import { type NowTimeline, spanOf, timelineOf } from './shell/now-timeline.ts';
import { type Shell, shellOf } from './shell/shell-view.ts';
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

export interface Now {
  overview: Overview;
  /** When a drill was last played to its end; null: never, or not known. */
  drillAt: string | null;
  /** A test message has arrived; null: not known. */
  arrivalProved: boolean | null;
  /** null: the database does not answer. */
  timeline: NowTimeline | null;
}

/** Everything that the page of deliveries shows; without the database, what this process knows by itself. */
export async function readPage(
  services: Services,
  intake: IntakeStatus,
  request: { range: Range; query: DeadLetterQuery; now: Date },
): Promise<Page> {
  return orWithout(
    services,
    () => read(services, intake, request),
    () => ({ overview: withoutDatabase(services, intake, request), deadLetters: null }),
  );
}

/** Everything that the page Now shows; `wish` is the span of time that was asked for. */
export async function readNow(
  services: Services,
  intake: IntakeStatus,
  { wish, now }: { wish: string | null; now: Date },
): Promise<Now> {
  return orWithout<Now>(
    services,
    async () => {
      const [overview, checks, drillAt, proof, canary] = await Promise.all([
        readOverview(services, intake, { range: '1h', now }),
        readRecentChecks(services, new Date(now.getTime() - 3_600_000)),
        lastDrillAt(services),
        readProof(services.db.pool, now),
        readCanaryEvidence(services.db.pool),
      ]);
      const span = spanOf(wish, {
        startedAt: overview.incident && outageSince(overview.incident).toISOString(),
        firstAt: checks[0]?.at ?? null,
        now,
      });
      return {
        overview,
        drillAt,
        arrivalProved: proof.state === 'proved' || canary?.webhook != null,
        timeline: timelineOf(overview, checks, span),
      };
    },
    () => ({
      overview: withoutDatabase(services, intake, { range: '1h', now }),
      drillAt: null,
      arrivalProved: null,
      timeline: null,
    }),
  );
}

/** What stands around every page, from the same figures as the page Now. */
export async function readShell(services: Services, intake: IntakeStatus, now: Date): Promise<Shell> {
  return orWithout(
    services,
    async () => shellOf(headOf(await readOverviewFigures(services, intake, now), services, now)),
    () => shellOf(withoutDatabase(services, intake, { range: '1h', now })),
  );
}

const withoutDatabase = (
  { config, db }: Services,
  intake: IntakeStatus,
  request: { range: Range; now: Date },
) => overviewWithoutDatabase(config, intake, db.status(), request);

/** @param without what is known while the database does not answer */
async function orWithout<T>({ db, log }: Services, read: () => Promise<T>, without: () => T): Promise<T> {
  if (db.status().state !== 'up') return without();
  try {
    return await patiently(read());
  } catch (error) {
    const answers = await patiently(db.pool.query('SELECT 1'), PING_PATIENCE_MS).then(
      () => true,
      () => false,
    );
    log.warn({ problem: String(error), databaseAnswers: answers }, 'page not read');
    // It was away only for a moment; or the fault is ours, and then it shows again.
    return answers ? await patiently(read()) : without();
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

/** @throws when it takes longer: then a page says so */
export async function patiently<T>(work: Promise<T>, ms = PATIENCE_MS): Promise<T> {
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
    ...headOf(figures, services, now),
    configured: figures.agentHealthUrl !== null,
    tiles: tilesOf(figures, now),
    range,
    chart: chartOf(ranged ?? hour, timeoutMs),
    ledger,
    ledgerCheck,
    replays,
    events,
  };
}

/** What everything is headed with: the state, what to do, what needs somebody, and who waits. */
function headOf(figures: OverviewFigures, { db }: Services, now: Date) {
  const incident = topIncident(figures);
  const { waiting, incidents, gaps } = figures.outage;
  return {
    at: now.toISOString(),
    verdict: decideVerdict(figures, now),
    nextStep: decideNextStep(figures),
    incident,
    otherIncidents: incidents.filter((other) => other !== incident),
    warnings: [...databaseWarnings(db.status().warnings), ...decideWarnings(figures, now)],
    people: {
      waiting: customersWaiting(waiting.figures),
      counting: waiting.figures.check.counting,
      byHand: waiting.figures.byHand.waiting,
    },
    gaps: [...new Set(gaps.map(({ role }) => role))],
    fallbackOn: figures.paused !== null,
  };
}

/** Events on the page. */
const SHOWN = 20;
/** Facts of each kind that are looked at for folding; a fold that reaches the end says "at least". */
const LOOKED_AT = 500;

/** Facts that come in numbers, told together: same kind, same cause or person, no 5 minutes between two of them. */
const FOLDED = `
  WITH newest AS (
    SELECT f.* FROM unnest(ARRAY[${factTypes(FOLDED_TYPES)}]) AS t(fact_type)
    CROSS JOIN LATERAL (
      SELECT id, fact_type, recorded_at, CASE t.fact_type
          WHEN ${factType('support.webhook.dead_letter')} THEN metadata->>'cause'
          WHEN ${factType('support.webhook.retry')} THEN
            CASE WHEN value->>'success' = 'true' AND (value->>'attempts')::int > 1 THEN '' END
          ELSE COALESCE(metadata->>'actor', 'Somebody') END AS about,
        CASE t.fact_type WHEN ${factType('support.webhook.dead_letter')} THEN id
          WHEN ${factType('support.webhook.retry')} THEN NULL ELSE (value->>'deadLetter')::bigint END AS dead_letter
      FROM dashboard_facts WHERE fact_type = t.fact_type ORDER BY recorded_at DESC LIMIT $1::int) f
  ), looked AS (
    SELECT fact_type, count(*) = $1::int AS all_of_them, min(recorded_at) AS oldest FROM newest GROUP BY fact_type
  ), marked AS (
    SELECT *, recorded_at - lag(recorded_at) OVER same > interval '5 minutes' AS begins
    FROM newest WHERE about IS NOT NULL WINDOW same AS (PARTITION BY fact_type, about ORDER BY recorded_at, id)
  ), folds AS (
    SELECT *, count(*) FILTER (WHERE begins) OVER (PARTITION BY fact_type, about ORDER BY recorded_at, id) AS fold FROM marked
  )
  SELECT max(id)::float8 AS id, fact_type AS "factType", about, count(*)::int AS count,
    bool_or(all_of_them AND recorded_at - oldest < interval '5 minutes') AS "isMinimum",
    min(recorded_at) AS first, max(recorded_at) AS last, max(dead_letter)::float8 AS "deadLetter"
  FROM folds JOIN looked USING (fact_type)
  GROUP BY fact_type, about, fold ORDER BY last DESC LIMIT $2::int`;

const SINGLE = `
  SELECT f.* FROM unnest(ARRAY[${factTypes(SINGLE_TYPES)}]) AS t(fact_type)
  CROSS JOIN LATERAL (
    SELECT id::float8 AS id, fact_type AS type, recorded_at AS at, value, metadata
    FROM dashboard_facts WHERE fact_type = t.fact_type ORDER BY recorded_at DESC LIMIT $1::int) f
  ORDER BY at DESC LIMIT $1::int`;

/** What happened last, newest first: a walk down the index of each kind of fact, never through the history. */
export async function readRecentEvents(prisma: PrismaClient): Promise<RecentEvent[]> {
  const [folded, single] = await Promise.all([
    prisma.$queryRawUnsafe<FoldedFacts[]>(FOLDED, LOOKED_AT, SHOWN),
    prisma.$queryRawUnsafe<SingleFact[]>(SINGLE, SHOWN),
  ]);
  return [...folded.map(tellFolded), ...single.map(tellSingle)]
    .sort((a, b) => b.at.localeCompare(a.at) || b.id - a.id)
    .slice(0, SHOWN);
}
