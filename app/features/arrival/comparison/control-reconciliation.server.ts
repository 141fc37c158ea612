import type pg from 'pg';
import { z } from 'zod';
import { rowNumber } from '../../../lib/http/form-fields.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { releaseNewer } from './uncompared.server.ts';
import { resume } from './start-reconciliation.server.ts';
import { settleCounted } from './withhold-found.server.ts';

const DONE = {
  pause: 'comparison_paused',
  resume: 'comparison_resumed',
  cancel: 'comparison_cancelled',
} as const;
export type ComparisonVerb = keyof typeof DONE;

/** Pauses, resumes or gives up a comparison. */
export const CONTROL_FIELDS = z.object({
  run: rowNumber('The comparison.'),
  do: z.enum(Object.keys(DONE) as ComparisonVerb[]),
});

/** Starts one. */
export const COMPARE_FIELDS = z.object({
  since: z
    .string()
    .optional()
    .describe('How far back: 30m, 2h, 3d or a time such as 2026-11-23T05:00Z; otherwise since the last one.'),
});

/** Of which incident is read what never arrived. */
export const FOUND_QUERY = z.object({ incident: rowNumber('Only what its time is about.').optional() });

/** After a gap customers wait for what is missing: that one goes on to its end. */
const STOP = `UPDATE reconciliations SET state = $2, finished_at = $3, detail = $4
WHERE id = $1 AND state = ANY($5::text[]) AND NOT urgent`;

interface ControlWish {
  id: number;
  verb: ComparisonVerb;
  actor: Actor;
  now: Date;
}

/**
 * Pauses, resumes or gives up a comparison. A conversation that is being read just then still is, and what was found stays
 * found. What was not compared is not said to be: the next one begins where the last complete one ended.
 */
export async function controlReconciliation(
  services: Services,
  wish: ControlWish,
): Promise<(typeof DONE)[ComparisonVerb] | 'comparison_not_changed'> {
  const { id, verb, actor, now } = wish;
  const changed = await inTransaction(
    services.db.pool,
    async (transaction) => {
      if (!(await change(transaction, services, wish))) return false;
      await recordAudit(transaction, {
        actor,
        action: 'reconcile.run',
        target: `comparison ${id}`,
        after: { state: { pause: 'paused', resume: 'running', cancel: 'cancelled' }[verb] },
        at: now,
      });
      return true;
    },
    (done) => !done,
  );
  if (!changed) return 'comparison_not_changed';
  services.changes.announce('work');
  services.changes.announce('page');
  return DONE[verb];
}

async function change(
  transaction: pg.PoolClient,
  { config }: Services,
  { id, verb, actor, now }: ControlWish,
): Promise<boolean> {
  if (verb === 'resume')
    return (await resume(transaction, { id, from: 'paused', settleMs: config.RECONCILE_SETTLE, now })) > 0;
  const [state, from] = verb === 'pause' ? ['paused', ['running']] : ['cancelled', ['running', 'paused']];
  const { rowCount } = await transaction.query(STOP, [id, state, now, actor.name, from]);
  if (rowCount !== 1) return false;
  // Nobody waits for what is not looked for.
  await releaseNewer(transaction);
  if (verb === 'cancel') {
    await settleCounted(transaction, id, now);
    await transaction.query('DELETE FROM reconciliation_items WHERE reconciliation_id = $1', [id]);
  }
  return true;
}
