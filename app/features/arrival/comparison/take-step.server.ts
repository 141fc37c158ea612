import type { ChatwootClient } from '../../../lib/chatwoot-client.server.ts';
import { failureWords, type ChatwootFailure } from '../../../lib/chatwoot/answer.ts';
import type { Services } from '../../../lib/services.server.ts';
import { causeInRows } from '../../../lib/write-in-parts.server.ts';
import { checkAccess } from './check-access.server.ts';
import { compareConversation, type ComparisonItem } from './compare-conversation.server.ts';
import type { ComparisonRun } from './comparison-run.ts';
import { releaseNewer } from './hold-newer.server.ts';
import { listPage } from './list-page.server.ts';
import { markCompared } from './recover-messages.server.ts';
import { noteBadConversation, noteOver } from './uncompared.server.ts';

/** Conversations that are asked for at the same time. */
const AT_ONCE = 4;

export interface StepTools {
  now: () => Date;
  signal?: AbortSignal;
}

/** `problem`: why Chatwoot cannot be asked. `more`: there is something left to list or to compare. */
export interface StepOutcome {
  problem: string | null;
  more: boolean;
}

/** One step of a comparison: a page of the list, or the next conversations. */
export async function takeStep(
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
  let failure: ChatwootFailure | null;
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
    await noteOver(pool, conversationId, tools.now());
    return null;
  }
  const problem = failureWords(failure);
  if (failure.outcome !== 'unreachable' || tools.signal?.aborted) return problem;
  if ((await checkAccess(client, tools.signal)) !== null) return problem;
  return leaveOut(problem);
}

async function nextItems({ db }: Services, run: ComparisonRun): Promise<ComparisonItem[]> {
  const { rows } = await db.pool.query<ComparisonItem>(
    `SELECT conversation_id AS "conversationId", LEAST(COALESCE(since, $2), $2) AS since FROM reconciliation_items
     WHERE reconciliation_id = $1 AND checked_at IS NULL ORDER BY conversation_id LIMIT ${AT_ONCE}`,
    [run.id, run.since],
  );
  return rows;
}

/** It is gone on with later, where it was; nobody is held for so long. */
export async function failRun(services: Services, id: number, problem: string, now: Date): Promise<void> {
  services.log.warn({ comparison: id, problem }, 'Chatwoot could not be compared with the inbox');
  await services.db.pool.query(
    `UPDATE reconciliations SET state = 'failed', finished_at = $2, detail = $3 WHERE id = $1 AND state = 'running'`,
    [id, now, problem],
  );
  await releaseNewer(services.db.pool);
  services.changes.announce('work');
  services.changes.announce('page');
}
