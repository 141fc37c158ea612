import { failureWords } from '../../../lib/chatwoot/answer.ts';
import { messageWaitsSince } from '../../delivery/hold-messages.server.ts';
import { type ChatwootClient, openChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import { causeInRows } from '../../../lib/database/write-in-parts.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { recordFact } from '../../facts/record-fact.server.ts';
import { compareConversation, type ComparisonItem } from './compare-conversation.server.ts';
import { type ComparisonRun, RUN_COLUMNS } from './lost-webhook.ts';
import { noteBadConversation, noteCompared, releaseNewer } from './uncompared.server.ts';
import { checkAccess, listPage } from './list-page.server.ts';
import { markCompared } from './recover-messages.server.ts';
import { startDueGap } from './start-gap.server.ts';
import { startDueReconciliation } from './start-reconciliation.server.ts';
import { settleCounted } from './withhold-found.server.ts';
import { IS_ANY_SPOOLED, mayTake } from '../../processes/liveness.ts';

/** A run belongs to a process as long as that process lives; see decision 1. */
const CLAIM = `
UPDATE reconciliations SET owner = $1 WHERE id = (
  SELECT id FROM reconciliations r WHERE state = 'running'
    AND ${mayTake('r.owner')}
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
  const step = await holdingNoLonger(
    services,
    run,
    takeComparisonStep(services, client, run, { now, signal }),
  );
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

/** A page takes a running Chatwoot a quarter of a second. Where a step takes this long, no comparison ends within a hold, ms. */
const PATIENCE_MS = 5000;
/** How often the patience is looked at, ms. Where twice as much lies between two looks, this process stood still itself. */
const LOOK_MS = 250;

/** Nobody waits for a Chatwoot that does not answer, whichever comparison asks it: order is worth less than an answer then. */
async function holdingNoLonger<T>(
  { db, changes, log }: Services,
  run: ComparisonRun,
  step: Promise<T>,
): Promise<T> {
  const letGo = async () => {
    await releaseNewer(db.pool);
    changes.announce('work');
    log.warn(
      { comparison: run.id },
      'Chatwoot takes long to answer: messages that waited for what may be missing go out',
    );
  };
  let waitedMs = 0;
  let lookedAt = performance.now();
  const looking = setInterval(() => {
    const at = performance.now();
    waitedMs += Math.min(at - lookedAt, 2 * LOOK_MS);
    lookedAt = at;
    if (waitedMs < PATIENCE_MS) return;
    clearInterval(looking);
    letGo().catch((error: unknown) => log.warn({ err: error }, 'what is held could not be let go'));
  }, LOOK_MS);
  try {
    return await step;
  } finally {
    clearInterval(looking);
  }
}

/** What is acknowledged and only on disk yet would look as if it had never come. */
async function mayStart({ db }: Services): Promise<boolean> {
  const { rows } = await db.pool.query<{ spooled: boolean }>(`SELECT ${IS_ANY_SPOOLED} AS spooled`);
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

/** Conversations that are asked for at the same time. */
const AT_ONCE = 4;

interface StepTools {
  now: () => Date;
  signal?: AbortSignal;
}

/** `problem`: why Chatwoot cannot be asked. `more`: there is something left to list or to compare. */
interface StepOutcome {
  problem: string | null;
  more: boolean;
}

/** One step of a comparison: a page of the list, or the next conversations. */
async function takeComparisonStep(
  services: Services,
  client: ChatwootClient,
  run: ComparisonRun,
  tools: StepTools,
): Promise<StepOutcome> {
  const { now, signal } = tools;
  if (!run.listed_at)
    return { problem: await listPage(services, client, run, { now: now(), signal }), more: true };
  const items = await nextItems(services, run);
  const problems = await Promise.all(items.map((item) => compareOne(services, client, run, item, tools)));
  return { problem: problems.find((problem) => problem !== null) ?? null, more: items.length > 0 };
}

/** One conversation that cannot be read, while Chatwoot answers otherwise, is named and left to the next comparison. */
async function compareOne(
  services: Services,
  client: ChatwootClient,
  run: ComparisonRun,
  item: ComparisonItem,
  tools: StepTools,
): Promise<string | null> {
  const { conversationId } = item;
  const { db, config } = services;
  const { pool } = db;
  const leaveOut = async (detail: string) => {
    const at = tools.now();
    await noteBadConversation(pool, { ...item, detail }, at);
    const looked = { runId: run.id, conversationId, compared: 0 };
    await markCompared(pool, config.connection!.accountId, looked, at);
    return null;
  };
  const compare = () => compareConversation(services, client, run, item, tools);
  let failure: Awaited<ReturnType<typeof compareConversation>>;
  try {
    failure = await compare();
  } catch (error) {
    // What Chatwoot says of one conversation must not stop the others; a database that is away is another matter.
    const cause = causeInRows(error);
    if (cause === null) throw error;
    return leaveOut(cause);
  }
  if (failure?.outcome === 'unreachable') failure = await compare();
  if (failure === null) {
    await noteCompared(pool, conversationId, tools.now());
    return null;
  }
  if (failure.outcome === 'partly') {
    await noteBadConversation(pool, { ...item, detail: failure.detail }, tools.now());
    return null;
  }
  const problem = failureWords(failure);
  if (failure.outcome !== 'unreachable' || tools.signal?.aborted) return problem;
  if ((await checkAccess(client, tools.signal)) !== null) return problem;
  return leaveOut(problem);
}

/** The next conversations: of a gap those first whose newer messages wait for it, by how long. */
async function nextItems({ db, config }: Services, run: ComparisonRun): Promise<ComparisonItem[]> {
  const { rows } = await db.pool.query<ComparisonItem>(
    `SELECT conversation_id AS "conversationId", LEAST(COALESCE(since, $2), $2) AS since FROM reconciliation_items
     WHERE reconciliation_id = $1 AND checked_at IS NULL
     ORDER BY CASE WHEN $3 THEN ${messageWaitsSince("$4 || ':' || reconciliation_items.conversation_id")} END, conversation_id
     LIMIT ${AT_ONCE}`,
    [run.id, run.since, run.urgent, config.connection!.accountId],
  );
  return rows;
}

/** It is gone on with later, where it was; nobody is held for so long. */
async function failRun(services: Services, id: number, problem: string, now: Date): Promise<void> {
  services.log.warn({ comparison: id, problem }, 'Chatwoot could not be compared with the inbox');
  await services.db.pool.query(
    `UPDATE reconciliations SET state = 'failed', finished_at = $2, detail = $3 WHERE id = $1 AND state = 'running'`,
    [id, now, problem],
  );
  await releaseNewer(services.db.pool);
  services.changes.announce('work');
  services.changes.announce('page');
}
