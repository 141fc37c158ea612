import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/transaction.server.ts';
import { openChatwootClient } from '../../backlog/open-client.server.ts';
import { RUN_COLUMNS, type ComparisonRun } from './comparison-run.ts';
import { startDueGap, startDueReconciliation } from './start-reconciliation.server.ts';
import { failRun, takeStep } from './take-step.server.ts';
import { recordFact } from '../../facts/record-fact.server.ts';
import { settleCounted } from './withhold-found.server.ts';

/** A run belongs to a process as long as that process lives; see decision 1. */
const CLAIM = `
UPDATE reconciliations SET owner = $1 WHERE id = (
  SELECT id FROM reconciliations r WHERE state = 'running'
    AND (owner IS NULL OR owner = $1 OR NOT EXISTS (
      SELECT FROM processes p WHERE p.id = r.owner AND p.last_seen > now() - interval '8 seconds'))
  ORDER BY urgent DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING ${RUN_COLUMNS}`;

/**
 * The next step of the comparison that runs: read a page of the list, compare some conversations, or finish. Each step is on
 * record before the next, so a killed process costs one step at most.
 * @param now the clock
 * @returns true when there is more to do at once
 */
export async function tickReconciliation(
  services: Services,
  now: () => Date,
  signal?: AbortSignal,
): Promise<boolean> {
  const { db, processId } = services;
  const client = openChatwootClient(services, signal);
  if (!client) return false;
  const may = await mayStart(services);
  // It goes before one that runs.
  if (may) await startDueGap(services, now());
  const claimed = await db.pool.query<ComparisonRun>(CLAIM, [processId]);
  const run = claimed.rows[0];
  if (!run) return may && startDueReconciliation(services, now());
  const step = await takeStep(services, client, run, { now, signal });
  // A process that stops leaves the run to the next one.
  if (signal?.aborted) return false;
  if (step.problem !== null) {
    await failRun(services, run.id, step.problem, now());
    return false;
  }
  // What was held for it may go.
  if (run.cause === 'recovery') services.changes.announce('work');
  if (step.more) return true;
  await finish(services, run, now());
  // An ordinary one may have waited for it.
  return run.urgent;
}

/** What is acknowledged and only on disk yet would look as if it had never come. */
async function mayStart({ db }: Services): Promise<boolean> {
  const { rows } = await db.pool.query<{ spooled: boolean }>(
    `SELECT EXISTS (SELECT FROM processes WHERE spooled > 0 AND last_seen > now() - interval '8 seconds') AS spooled`,
  );
  return !rows[0]!.spooled;
}

async function finish(services: Services, run: ComparisonRun, now: Date): Promise<void> {
  const { db, log, changes } = services;
  const done = await inTransaction(db.pool, async (client) => {
    const { rows } = await client.query<{
      conversations: number;
      messages: number;
      recovered: number;
      cause: string;
    }>(
      `UPDATE reconciliations r SET state = 'done', finished_at = $2, conversations = i.n, messages = i.messages
       FROM (SELECT count(*) AS n, COALESCE(sum(messages), 0) AS messages FROM reconciliation_items
         WHERE reconciliation_id = $1) i
       WHERE r.id = $1 AND r.state = 'running'
       RETURNING r.conversations, r.messages, r.cause,
         (SELECT count(*) FROM reconciled_messages m WHERE m.reconciliation_id = r.id) AS recovered`,
      [run.id, now],
    );
    const row = rows[0];
    if (!row) return null;
    await settleCounted(client, run.id, now);
    await client.query('DELETE FROM reconciliation_items WHERE reconciliation_id = $1', [run.id]);
    const { cause, ...counts } = row;
    await recordFact(client, {
      type: 'support.reconciliation',
      value: counts,
      metadata: { id: run.id, since: run.since, until: run.until, cause },
      now,
    });
    return row;
  });
  if (done) log.info({ comparison: run.id, ...done }, 'Chatwoot compared with the inbox');
  changes.announce('work');
  changes.announce('page');
}
