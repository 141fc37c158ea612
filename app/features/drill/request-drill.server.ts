import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import type { DrillWishes } from './drill-form.ts';

export type RequestDrillOutcome =
  | { outcome: 'requested'; drillId: number }
  | { outcome: 'already_running'; drillId: number }
  /** An incident is open that is none of a drill: nobody practises meanwhile. */
  | { outcome: 'real_incident'; incidentId: number };

/** Puts down a drill, to be begun by a worker within a second. One at a time: the database says so. */
export async function requestDrill(
  services: Services,
  { wishes, actor, now }: { wishes: DrillWishes; actor: Actor; now: Date },
): Promise<RequestDrillOutcome> {
  const { scenario, speed, notify, repairAfter } = wishes;
  const outcome = await inTransaction(services.db.pool, async (client): Promise<RequestDrillOutcome> => {
    const real = await client.query<{ id: number }>(
      `SELECT id FROM incidents WHERE status IN ('open', 'acknowledged') AND recovered_at IS NULL
       ORDER BY severity, started_at LIMIT 1`,
    );
    if (real.rows[0]) return { outcome: 'real_incident', incidentId: real.rows[0].id };
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO drill_runs (scenario, speed, notify, repair_after, requested_at, requested_by)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ((true)) WHERE ended_at IS NULL DO NOTHING RETURNING id`,
      [scenario, speed, notify, repairAfter, now, actor.name],
    );
    if (!rows[0]) {
      const open = await client.query<{ id: number }>('SELECT id FROM drill_runs WHERE ended_at IS NULL');
      return { outcome: 'already_running', drillId: open.rows[0]!.id };
    }
    const drillId = rows[0].id;
    await recordAudit(client, {
      actor,
      action: 'drill.start',
      target: `drill ${drillId}`,
      after: { scenario, speed, notify, repairAfter },
      at: now,
    });
    return { outcome: 'requested', drillId };
  });
  announce(services);
  return outcome;
}

function announce({ changes }: Services) {
  changes.announce('work');
  changes.announce('page');
}
