import type { Services } from '../../lib/services.server.ts';
import { conversationUrl } from '../../lib/chatwoot/chatwoot-client.server.ts';
import type { CanaryRow } from './canary-run.server.ts';
import {
  CANARY_STEPS,
  type CanaryEvidence,
  type CanaryStepView,
  type CanaryView,
  isCanaryStep,
  STEP_RULES,
} from './canary-view.ts';
import type { Queryable } from '../../lib/database/queryable.server.ts';

type Row = Pick<
  CanaryRow,
  | 'id'
  | 'state'
  | 'outcome'
  | 'step'
  | 'step_started_at'
  | 'step_problem'
  | 'started_at'
  | 'started_by'
  | 'conversation_id'
> & { problem: string | null; finished_at: Date | null };

interface StepRow {
  step: string;
  ok: boolean;
  started_at: Date;
  finished_at: Date;
  by: string;
  evidence: string;
}

/** The newest canary with each of its steps; null when none ever ran. */
export async function readCanary({ db, config }: Services): Promise<CanaryView | null> {
  const found = await db.pool.query<Row>(
    `SELECT id, state, outcome, problem, step, step_started_at, step_problem, started_at, started_by, finished_at, conversation_id
     FROM canary_runs ORDER BY id DESC LIMIT 1`,
  );
  const [run] = found.rows;
  if (!run) return null;
  const { rows } = await db.pool.query<StepRow>(
    'SELECT step, ok, started_at, finished_at, by, evidence FROM canary_steps WHERE run_id = $1',
    [run.id],
  );
  const running = run.state === 'running';
  const { connection } = config;
  return {
    id: run.id,
    state: run.state,
    outcome: run.outcome,
    problem: run.problem,
    startedAt: run.started_at.toISOString(),
    startedBy: run.started_by,
    finishedAt: run.finished_at?.toISOString() ?? null,
    waitsForApproval: running && run.step === 'approval',
    failsAt: running
      ? new Date(run.step_started_at.getTime() + STEP_RULES[run.step].timeoutMs).toISOString()
      : null,
    steps: stepsOf(run, rows),
    url:
      connection && run.conversation_id
        ? conversationUrl(connection.chatwootUrl, connection.accountId, run.conversation_id)
        : null,
  };
}

function stepsOf(run: Row, recorded: readonly StepRow[]): CanaryStepView[] {
  const steps = [
    ...CANARY_STEPS.map((key) => ({ key, title: STEP_RULES[key].title })),
    { key: 'close', title: 'Test conversation resolved in Chatwoot' },
  ];
  const current = run.state === 'running' ? run.step : run.state === 'closing' ? 'close' : null;
  return steps.map(({ key, title }): CanaryStepView => {
    const row = recorded.find(({ step }) => step === key);
    if (!row) {
      const evidence = key === current ? run.step_problem : null;
      const state = key === current ? 'current' : 'open';
      return { key, title, state, evidence, at: null, durationMs: null, by: null };
    }
    return {
      key,
      title,
      state: row.ok ? 'done' : 'failed',
      evidence: row.evidence,
      at: row.finished_at.toISOString(),
      durationMs: row.finished_at.getTime() - row.started_at.getTime(),
      by: row.by,
    };
  });
}

interface EvidenceRow {
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
  const { rows } = await db.query<EvidenceRow>(
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
