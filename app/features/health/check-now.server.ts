import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { bringTickForward } from './health-clock.server.ts';

/** Makes the next health check due now: a worker makes it within a quarter of a second. */
export async function checkNow(
  services: Services,
  { actor, now }: { actor: Actor; now: Date },
): Promise<{ outcome: 'due' }> {
  await inTransaction(services.db.pool, async (client) => {
    await bringTickForward(client, now);
    await recordAudit(client, { actor, action: 'health.check', target: 'health check', at: now });
  });
  return { outcome: 'due' };
}
