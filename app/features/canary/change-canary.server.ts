import { randomBytes } from 'node:crypto';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { advanceCanary, endCanary, recordCanaryStep } from './canary-run.server.ts';
import type { CanaryStep } from './canary-view.ts';

export type StartCanaryOutcome =
  | { outcome: 'started'; id: number }
  /** One at a time: this one goes on. */
  | { outcome: 'already_running'; id: number }
  | { outcome: 'not_connected' };

/** Starts the end-to-end canary; the worker walks it. */
export async function startCanary(
  services: Services,
  { actor, now }: { actor: Actor; now: Date },
): Promise<StartCanaryOutcome> {
  if (!services.config.connection) return { outcome: 'not_connected' };
  const outcome = await inTransaction(services.db.pool, async (client): Promise<StartCanaryOutcome> => {
    const started = await client.query<{ id: number }>(
      `INSERT INTO canary_runs (started_at, started_by, step, step_started_at, due_at, source_id)
       VALUES ($1, $2, 'inbox', $1, $1, $3)
       ON CONFLICT ((true)) WHERE state = 'running' DO NOTHING RETURNING id`,
      [now, actor.name, `outage-center-canary-${randomBytes(8).toString('hex')}`],
    );
    const [row] = started.rows;
    if (!row) {
      const running = await client.query<{ id: number }>(
        `SELECT id FROM canary_runs WHERE state = 'running' OR id = (SELECT max(id) FROM canary_runs)
         ORDER BY (state = 'running') DESC LIMIT 1`,
      );
      return { outcome: 'already_running', id: running.rows[0]!.id };
    }
    await recordAudit(client, {
      actor,
      action: 'gates.canary_start',
      target: `canary ${row.id}`,
      at: now,
    });
    return { outcome: 'started', id: row.id };
  });
  services.changes.announce('work');
  services.changes.announce('page');
  return outcome;
}

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
