import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { tryLockOpening } from '../incidents/lock-opening.server.ts';
import { evaluateAlerts } from './evaluate-alerts.server.ts';

/**
 * Judges the rules between two health checks: deliveries and customers do not wait for them. While another process is
 * at it this one has nothing to do.
 */
export async function tickAlerts(services: Services, now: Date): Promise<{ changed: boolean }> {
  const { config, db, changes } = services;
  const result = await inTransaction(db.pool, async (client) =>
    (await tryLockOpening(client)) ? evaluateAlerts(client, { config, now }) : { changed: false },
  );
  if (result.changed) {
    changes.announce('page');
    changes.announce('work');
  }
  return result;
}
