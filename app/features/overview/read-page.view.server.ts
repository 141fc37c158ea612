import { setTimeout as delay } from 'node:timers/promises';
import type { Services } from '../../lib/services.server.ts';
import {
  deadLetterClusters,
  type DeadLetterCluster,
} from '../delivery/dead-letters/dead-letter-clusters.view.server.ts';
import {
  listDeadLetters,
  type DeadLetterPage,
  type DeadLetterQuery,
} from '../delivery/dead-letters/list-dead-letters.view.server.ts';
import type { IntakeStatus } from '../intake/intake.ts';
import { overviewWithoutDatabase } from './overview-without-database.ts';
import { readOverview } from './overview.view.server.ts';
import type { Overview, Range } from './overview.ts';

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
