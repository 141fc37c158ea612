import type pg from 'pg';
import { type ChatwootFailure, failureWords } from '../../../lib/chatwoot/answer.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { storableJson, storableText } from '../../../lib/storable.ts';
import type { FallbackStep } from '../fallback-view.ts';
import { isAlive } from '../../processes/liveness.ts';

/** A step that this process does now. */
export interface ClaimedStep {
  id: number;
  runId: number;
  direction: FallbackStep['direction'];
  kind: FallbackStep['kind'];
  target: string;
  attempts: number;
  /** What was found before it changed anything, if it got that far before. */
  saved: unknown;
  /** Of an inbox: what it is to answer instead of the fixed text, newest last. */
  messages: string[];
  /** Its run has ended: a step on the way in has become pointless. */
  ended: boolean;
}

const CLAIM = `
UPDATE fallback_actions a SET state = 'running', owner = $1, claimed_at = $2, attempts = a.attempts + 1
FROM fallback_runs r
WHERE r.id = a.run_id AND a.id = (
  SELECT o.id FROM fallback_actions o
  WHERE (o.state = 'waiting' AND o.due_at <= $2) OR (o.state = 'running' AND NOT ${isAlive('o.owner')})
  ORDER BY o.state = 'waiting', o.id LIMIT 1)
  AND NOT EXISTS (SELECT 1 FROM fallback_actions o WHERE o.state = 'running' AND ${isAlive('o.owner')})
RETURNING a.id, a.run_id AS "runId", a.direction, a.kind, a.target, a.attempts, a.saved, a.messages, r.ended_at IS NOT NULL AS ended`;

/**
 * Takes the next step that is due: one at a time in the whole cluster, so that what is restored was never still being
 * changed. A step of a process that is gone comes first. Null: nothing to do, or somebody else is at it.
 */
export async function claimStep(services: Services, now: Date): Promise<ClaimedStep | null> {
  const { pool } = services.db;
  const open = await pool.query(
    "SELECT 1 FROM fallback_actions WHERE state IN ('waiting', 'running') LIMIT 1",
  );
  if (open.rowCount === 0) return null;
  return inTransaction(pool, async (client) => {
    // One claims after the other, and none while the mode is being switched.
    await client.query('SELECT 1 FROM fallback_mode FOR UPDATE');
    const { rows } = await client.query<ClaimedStep>(CLAIM, [services.processId, now]);
    return rows[0] ?? null;
  });
}

/** Keeps what a step found before it changes it; what an earlier try has kept stays. */
export async function saveFound(services: Services, step: ClaimedStep, found: unknown): Promise<boolean> {
  const { rowCount } = await services.db.pool.query(
    `UPDATE fallback_actions SET saved = $3 WHERE id = $1 AND owner = $2 AND state = 'running' AND saved IS NULL`,
    [step.id, services.processId, storableJson(found)],
  );
  return rowCount === 1;
}

/** What came of a try. */
export type FallbackStepResult =
  | { outcome: 'done'; result: string; title?: string }
  /** May pass by itself. */
  | { outcome: 'retry'; result: string }
  /** Somebody has to look. */
  | { outcome: 'failed'; result: string }
  | { outcome: 'cancelled'; result: string };

/** Tries before it waits for a person, and the pause before the first of them, ms; it doubles. */
const TRIES = 5;
const PAUSE_MS = 5000;

/**
 * Records what came of a try.
 * @returns how the step stands now; null: another process has taken it over meanwhile
 */
export async function finishStep(
  client: pg.Pool | pg.ClientBase,
  step: ClaimedStep,
  result: FallbackStepResult,
  { owner, now }: { owner: string; now: Date },
): Promise<FallbackStep['state'] | null> {
  const again = result.outcome === 'retry' && step.attempts < TRIES;
  const outcome = result.outcome === 'retry' ? 'failed' : result.outcome;
  const dueAt = new Date(now.getTime() + (again ? PAUSE_MS * 2 ** (step.attempts - 1) : 0));
  const { rows } = await client.query<{ state: FallbackStep['state'] }>(
    `UPDATE fallback_actions SET state = next.state, result = $4, title = COALESCE($5, title), due_at = $6, owner = NULL,
       finished_at = CASE WHEN next.state = 'waiting' THEN NULL ELSE $7::timestamptz END
     FROM (SELECT CASE WHEN cardinality(messages) > $8 THEN 'waiting' ELSE $3 END AS state FROM fallback_actions WHERE id = $1) next
     WHERE id = $1 AND owner = $2 AND fallback_actions.state = 'running'
     RETURNING fallback_actions.state`,
    [
      step.id,
      owner,
      again ? 'waiting' : outcome,
      storableText(result.result, 1000),
      'title' in result ? result.title : null,
      dueAt,
      now,
      // Somebody wants another text since this try began: it is done again.
      step.messages.length,
    ],
  );
  return rows[0]?.state ?? null;
}

/** What the step on the way in had found before it changed anything, with what it said since; null: it never got that far. */
export async function readSaved({ db }: Services, step: ClaimedStep): Promise<unknown> {
  const { rows } = await db.pool.query<{ saved: unknown }>(
    `SELECT CASE WHEN jsonb_typeof(saved) = 'object' THEN saved || jsonb_build_object('said', to_jsonb(messages)) ELSE saved END AS saved FROM fallback_actions WHERE run_id = $1 AND direction = 'on' AND kind = $2 AND target = $3`,
    [step.runId, step.kind, step.target],
  );
  return rows[0]?.saved ?? null;
}

export const NOT_CONNECTED = { outcome: 'failed', result: 'Chatwoot is not connected to this app.' } as const;

/** A refusal needs a person; silence and haste may pass. @param meanwhile what is so until then */
export function resultOf(
  failure: ChatwootFailure,
  meanwhile: string,
): { outcome: 'retry' | 'failed'; result: string } {
  const passes = failure.outcome === 'unreachable' || failure.outcome === 'throttled';
  return { outcome: passes ? 'retry' : 'failed', result: `${failureWords(failure)}. ${meanwhile}.` };
}
