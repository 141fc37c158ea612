import type { Services } from '../../../lib/services.server.ts';
import type { ClaimedStep } from '../claim-step.server.ts';

/** What the step on the way in had found before it changed anything; null: it never got that far. */
export async function readSaved({ db }: Services, step: ClaimedStep): Promise<unknown> {
  const { rows } = await db.pool.query<{ saved: unknown }>(
    `SELECT saved FROM fallback_actions WHERE run_id = $1 AND direction = 'on' AND kind = $2 AND target = $3`,
    [step.runId, step.kind, step.target],
  );
  return rows[0]?.saved ?? null;
}
