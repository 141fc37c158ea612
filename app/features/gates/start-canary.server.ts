import { randomBytes } from 'node:crypto';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';

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
