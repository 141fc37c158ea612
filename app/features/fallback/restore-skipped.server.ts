import type { Services } from '../../lib/services.server.ts';
import { inTransactionUnlessAway, type DatabaseAway } from '../../lib/transaction-unless-away.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { requeueSkipped } from '../delivery/skip-answered.server.ts';

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
