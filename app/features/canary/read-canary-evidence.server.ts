import type { Queryable } from '../../lib/database/queryable.server.ts';
import type { CanaryEvidence } from './canary-view.ts';
import { isCanaryStep, STEP_RULES } from './canary-steps.ts';

interface Row {
  id: number;
  started_at: Date;
  started_by: string;
  outcome: 'passed' | 'failed' | 'cancelled' | null;
  problem: string | null;
  step: string;
  finished_at: Date | null;
  webhook_at: Date | null;
  webhook_from: Date | null;
  webhook_evidence: string | null;
}

/** What the newest canary has proved so far; null when none ever ran. */
export async function readCanaryEvidence(db: Queryable): Promise<CanaryEvidence | null> {
  const { rows } = await db.query<Row>(
    `SELECT r.id, r.started_at, r.started_by, r.outcome, r.problem, r.step, r.finished_at,
       w.finished_at AS webhook_at, w.started_at AS webhook_from, w.evidence AS webhook_evidence
     FROM canary_runs r LEFT JOIN canary_steps w ON w.run_id = r.id AND w.step = 'webhook' AND w.ok
     ORDER BY r.id DESC LIMIT 1`,
  );
  const [row] = rows;
  if (!row) return null;
  const waitsFor = isCanaryStep(row.step) ? `next: ${STEP_RULES[row.step].title.toLowerCase()}` : null;
  return {
    id: row.id,
    startedBy: row.started_by,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    outcome: row.outcome ?? 'running',
    problem: row.outcome ? row.problem : waitsFor,
    webhook: row.webhook_at && {
      at: row.webhook_at,
      durationMs: row.webhook_at.getTime() - row.webhook_from!.getTime(),
      evidence: row.webhook_evidence!,
    },
  };
}
