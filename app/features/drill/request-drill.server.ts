import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { storableJson } from '../../lib/storable.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import type { DrillAct, DrillState } from './drill-view.ts';
import { type Scenario, SCENARIOS } from './scenarios.ts';

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

export type ActInDrillOutcome =
  /** The process that plays the drill does it within a second. */
  | { outcome: 'asked' }
  /** It had not begun: there is nothing to end. */
  | { outcome: 'ended' }
  | { outcome: 'not_running' }
  | { outcome: 'not_found' };

/** Asks for something in a drill: what a person does in an outage, or its end. */
export async function actInDrill(
  services: Services,
  { drillId, act, actor, now }: { drillId: number; act: DrillAct; actor: Actor; now: Date },
): Promise<ActInDrillOutcome> {
  const outcome = await inTransaction(services.db.pool, async (client): Promise<ActInDrillOutcome> => {
    const { rows } = await client.query<{ state: DrillState }>(
      'SELECT state FROM drill_runs WHERE id = $1 FOR UPDATE',
      [drillId],
    );
    const state = rows[0]?.state;
    if (!state) return { outcome: 'not_found' };
    const isWaiting = state === 'requested' && act === 'end';
    const isPlayed = state === 'running' || (state === 'starting' && act === 'end');
    if (!isWaiting && !isPlayed) return { outcome: 'not_running' };
    if (isWaiting)
      await client.query(
        `UPDATE drill_runs SET state = 'aborted', ended_at = $2, ended_by = $3,
           end_reason = 'Ended before it began.' WHERE id = $1 AND state = 'requested'`,
        [drillId, now, actor.name],
      );
    else
      await client.query('INSERT INTO drill_acts (drill_id, act, at, actor) VALUES ($1, $2, $3, $4)', [
        drillId,
        act,
        now,
        storableJson(actor),
      ]);
    await recordAudit(client, { actor, action: `drill.${act}`, target: `drill ${drillId}`, at: now });
    return { outcome: isWaiting ? 'ended' : 'asked' };
  });
  services.changes.announce('work');
  services.changes.announce('page');
  return outcome;
}

/** What whoever begins a drill chooses. */
export interface DrillWishes {
  scenario: Scenario;
  /** 1 to 60. */
  speed: number;
  notify: 'marked' | 'simulated';
  /** Drill minutes after which it repairs itself, 1 to 240; null: a person does. */
  repairAfter: number | null;
}

/** The fields of the form; null: not understood. */
export function drillWishes(fields: URLSearchParams): DrillWishes | null {
  const scenario = SCENARIOS.find((one) => one === fields.get('scenario'));
  const speed = Number(fields.get('speed') ?? NaN);
  const notify = (['marked', 'simulated'] as const).find((one) => one === fields.get('notify'));
  const repair = fields.get('repair_after')?.trim() ?? '';
  const repairAfter = repair === '' ? null : Number(repair);
  const isUnderstood =
    Number.isFinite(speed) &&
    speed >= 1 &&
    speed <= 60 &&
    (repairAfter === null || (Number.isInteger(repairAfter) && repairAfter >= 1 && repairAfter <= 240));
  return scenario && notify && isUnderstood ? { scenario, speed, notify, repairAfter } : null;
}
