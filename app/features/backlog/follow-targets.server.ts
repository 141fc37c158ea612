import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { recomputeWaits } from './recompute-waits.server.ts';

/** Conversations of one transaction. */
const BATCH = 500;

/**
 * Reckons the due times of all who wait anew after SLA_FIRST_RESPONSE or a policy has changed: it holds for those who wait
 * already, too. Otherwise one look at one row.
 */
export async function followTargets({ db, config }: Pick<Services, 'db' | 'config'>): Promise<void> {
  const seconds = config.SLA_FIRST_RESPONSE / 1000;
  const { rows: changed } = await db.pool.query<{ policies_at: Date | null }>(
    'SELECT policies_at FROM backlog_projection WHERE target_seconds IS DISTINCT FROM $1',
    [seconds],
  );
  if (!changed[0]) return;
  let after = '';
  for (;;) {
    const { rows } = await db.pool.query<{ key: string }>(
      `SELECT key FROM conversations WHERE waiting_since IS NOT NULL AND key > $1 ORDER BY key LIMIT ${BATCH}`,
      [after],
    );
    const keys = rows.map(({ key }) => key);
    if (keys.length === 0) break;
    await inTransaction(db.pool, (client) => recomputeWaits(client, keys, seconds));
    after = keys.at(-1)!;
  }
  // Policies that were read meanwhile are followed the next time.
  await db.pool.query(
    'UPDATE backlog_projection SET target_seconds = $1 WHERE policies_at IS NOT DISTINCT FROM $2',
    [seconds, changed[0].policies_at],
  );
}
