import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { storableJson } from '../../lib/storable.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import type { DrillAct, DrillState } from './drill-view.ts';

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
