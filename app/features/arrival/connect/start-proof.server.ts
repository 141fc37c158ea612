import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/transaction.server.ts';
import { openChatwootClient } from '../../backlog/open-client.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { proveArrival } from './prove-arrival.server.ts';
import { readProof } from './read-proof.server.ts';

/**
 * Begins a proof that messages arrive and does not wait for its end, which is on record for every page.
 * One at a time: one that runs is left to run.
 */
export async function startProof(
  services: Services,
  actor: Actor,
): Promise<{ outcome: 'started' | 'already_running' | 'not_connected' }> {
  const { db, config, log } = services;
  const { connection } = config;
  const client = openChatwootClient(services);
  if (!connection || !client) return { outcome: 'not_connected' };
  const now = db.clock.now();
  if ((await readProof(db.pool, now)).state === 'running') return { outcome: 'already_running' };
  await inTransaction(db.pool, (database) =>
    recordAudit(database, { actor, action: 'arrival.prove', target: 'a test message in Chatwoot', at: now }),
  );
  proveArrival(services, client, { connection }).catch((error: unknown) =>
    log.warn({ err: error }, 'the proof that messages arrive was not finished'),
  );
  return { outcome: 'started' };
}
