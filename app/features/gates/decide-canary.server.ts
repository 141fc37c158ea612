import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import type { CanaryStep } from './canary-steps.ts';
import { advanceCanary, endCanary, recordCanaryStep } from './record-canary-step.server.ts';

export type CanaryDecision = 'approve' | 'reject' | 'cancel';

export type DecideCanaryOutcome =
  | { outcome: 'approved' | 'rejected' | 'cancelled' }
  /** It does not wait for an approval now, or has ended: nothing was changed. */
  | { outcome: 'not_waiting' };

/** A person approves or rejects the draft of the canary, or ends it. */
export async function decideCanary(
  services: Services,
  { id, decision, actor, now }: { id: number; decision: CanaryDecision; actor: Actor; now: Date },
): Promise<DecideCanaryOutcome> {
  const outcome = await inTransaction(services.db.pool, async (client): Promise<DecideCanaryOutcome> => {
    const found = await client.query<{ id: number; step: CanaryStep; step_started_at: Date }>(
      `SELECT id, step, step_started_at FROM canary_runs WHERE id = $1 AND state = 'running' FOR UPDATE`,
      [id],
    );
    const [run] = found.rows;
    if (!run || (decision !== 'cancel' && run.step !== 'approval')) return { outcome: 'not_waiting' };
    const step = { run, by: actor.name, from: run.step_started_at, at: now, now };
    if (decision === 'approve') {
      await client.query('UPDATE canary_runs SET approved_by = $2 WHERE id = $1', [id, actor.name]);
      await advanceCanary(client, run, { owner: null, now });
      await recordCanaryStep(client, { ...step, ok: true, evidence: `Approved by ${actor.name}.` });
    } else {
      const problem =
        decision === 'reject' ? `${actor.name} rejected the draft.` : `${actor.name} cancelled it.`;
      const ended = decision === 'reject' ? 'failed' : 'cancelled';
      await endCanary(client, run, { owner: null, outcome: ended, problem, now });
      await recordCanaryStep(client, { ...step, ok: false, evidence: problem });
    }
    await recordAudit(client, { actor, action: `gates.canary_${decision}`, target: `canary ${id}`, at: now });
    return { outcome: OUTCOMES[decision] };
  });
  services.changes.announce('work');
  services.changes.announce('page');
  return outcome;
}

const OUTCOMES = { approve: 'approved', reject: 'rejected', cancel: 'cancelled' } as const;
