import type { Services } from '../../lib/services.server.ts';
import { inTransactionUnlessAway, type DatabaseAway } from '../../lib/transaction-unless-away.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { addSteps, stepsOf } from './add-steps.server.ts';
import { THREAD } from './fallback-thread.ts';
import type { FallbackOptions } from './fallback-options.ts';
import { lockMode } from './fallback-row.server.ts';

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
