import type { Services } from '../../lib/services.server.ts';
import { conversationUrl } from '../../lib/chatwoot/open-client.server.ts';
import type { CanaryRow } from './canary-run.server.ts';
import { CANARY_STEPS, STEP_RULES } from './canary-steps.ts';
import type { CanaryStepView, CanaryView } from './canary-view.ts';

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
