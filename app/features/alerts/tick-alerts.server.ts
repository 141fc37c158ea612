import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { ALERTS_LOCK, evaluateAlerts } from './evaluate-alerts.server.ts';

/**
 * Judges the rules between two health checks: deliveries and customers do not wait for them. While another process is
 * at it this one has nothing to do.
 */
export async function tickAlerts(services: Services, now: Date): Promise<{ changed: boolean }> {
  const { config, db, changes } = services;
  const result = await inTransaction(db.pool, async (client) => {
    const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [
      ALERTS_LOCK,
    ]);
    return rows[0]!.mine ? evaluateAlerts(client, { config, now }) : { changed: false };
  });
  if (result.changed) {
    changes.announce('page');
    changes.announce('work');
  }
  return result;
}
