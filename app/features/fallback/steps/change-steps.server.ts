import { type DatabaseAway, inTransactionUnlessAway } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { requeueSkipped } from '../../delivery/skip-answered.server.ts';
import { lockMode } from '../read-fallback.server.ts';
import type { FallbackOptions } from '../fallback-view.ts';
import { addSteps, stepsOf } from './add-steps.server.ts';
import { THREAD } from './give-notice.server.ts';

export type RequestStepsOutcome =
  | { outcome: 'requested'; count: number }
  /** They were asked for before. */
  | { outcome: 'nothing_new' }
  | { outcome: 'nothing_chosen' }
  | { outcome: 'not_on' }
  | DatabaseAway;

/** Asks for further steps while fallback mode is on: another inbox, the webhooks. */
export async function requestSteps(
  services: Services,
  { options, actor, now }: { options: FallbackOptions; actor: Actor; now: Date },
): Promise<RequestStepsOutcome> {
  const steps = stepsOf(options);
  if (steps.length === 0) return { outcome: 'nothing_chosen' };
  const outcome = await inTransactionUnlessAway(services.db, async (client): Promise<RequestStepsOutcome> => {
    const mode = await lockMode(client);
    if (mode.state !== 'on') return { outcome: 'not_on' };
    const runId = mode.runId!;
    const added = await addSteps(client, steps, { runId, by: actor.name, now });
    if (added.length === 0) return { outcome: 'nothing_new' };
    await recordAudit(client, {
      actor,
      action: 'fallback.steps',
      target: `fallback ${runId}`,
      after: { ...options },
      at: now,
    });
    return { outcome: 'requested', count: added.length };
  });
  if (outcome.outcome === 'requested') announce(services);
  return outcome;
}

export type RetryStepOutcome = { outcome: 'retried' } | { outcome: 'not_failed' } | DatabaseAway;

/** Has a failed step, or a notice that some channel did not take, tried again from the first try. */
export async function retryStep(
  services: Services,
  { stepId, actor, now }: { stepId: number; actor: Actor; now: Date },
): Promise<RetryStepOutcome> {
  const outcome = await inTransactionUnlessAway(services.db, async (client): Promise<RetryStepOutcome> => {
    const { rows } = await client.query<{
      run_id: number;
      kind: string;
      target: string;
      result: string | null;
    }>(
      `UPDATE fallback_actions a SET state = 'waiting', due_at = $2, finished_at = NULL,
         attempts = CASE WHEN kind = 'notice' THEN attempts ELSE 0 END
       FROM fallback_runs r
       WHERE a.id = $1 AND r.id = a.run_id AND (a.direction = 'off' OR r.ended_at IS NULL)
         AND (a.state = 'failed' OR (a.kind = 'notice' AND a.state = 'done' AND EXISTS (
           SELECT 1 FROM notifications n WHERE n.thread = $3 || a.run_id AND n.kind = 'fallback_' || a.direction AND n.state = 'failed')))
       RETURNING a.run_id, a.kind, a.target, a.result`,
      [stepId, now, THREAD],
    );
    const step = rows[0];
    if (!step) return { outcome: 'not_failed' };
    await recordAudit(client, {
      actor,
      action: 'fallback.retry',
      target: `fallback ${step.run_id}, step ${stepId}`,
      before: { state: 'failed', result: step.result },
      after: { state: 'waiting', kind: step.kind, target: step.target },
      at: now,
    });
    return { outcome: 'retried' };
  });
  if (outcome.outcome === 'retried') announce(services);
  return outcome;
}

function announce(services: Services) {
  services.changes.announce('work');
  services.changes.announce('page');
}

export type RestoreSkippedOutcome =
  { outcome: 'restored'; count: number } | { outcome: 'nothing_to_restore' } | DatabaseAway;

/** Sends on messages that were left out because a person had answered; of a run all, or those named. */
export async function restoreSkipped(
  services: Services,
  { runId, seqs, actor, now }: { runId: number; seqs: number[] | 'all'; actor: Actor; now: Date },
): Promise<RestoreSkippedOutcome> {
  const outcome = await inTransactionUnlessAway(
    services.db,
    async (client): Promise<RestoreSkippedOutcome> => {
      const listed = await client.query<{ seq: number }>(
        `SELECT seq FROM fallback_skips WHERE run_id = $1 AND restored_at IS NULL AND ($2::bigint[] IS NULL OR seq = ANY($2))
       ORDER BY seq FOR UPDATE`,
        [runId, seqs === 'all' ? null : seqs],
      );
      const wanted = listed.rows.map((row) => row.seq);
      const requeued = await requeueSkipped(client, { seqs: wanted, by: actor.name, now });
      if (requeued.length === 0) return { outcome: 'nothing_to_restore' };
      await client.query(
        'UPDATE fallback_skips SET restored_at = $3, restored_by = $4 WHERE run_id = $1 AND seq = ANY($2::bigint[])',
        [runId, requeued, now, actor.name],
      );
      await recordAudit(client, {
        actor,
        action: 'fallback.restore_skipped',
        target: `fallback ${runId}`,
        before: { state: 'discarded', count: requeued.length, seqs: requeued.slice(0, 100) },
        after: { state: 'pending' },
        at: now,
      });
      return { outcome: 'restored', count: requeued.length };
    },
  );
  if (outcome.outcome !== 'restored') return outcome;
  services.changes.announce('work');
  services.changes.announce('page');
  return outcome;
}
