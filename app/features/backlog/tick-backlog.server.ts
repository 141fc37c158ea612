import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { fillReplies } from './fill-replies.server.ts';
import { listOpenConversations } from './list-open.server.ts';
import { openChatwootClient } from './open-client.server.ts';
import { projectWebhooks } from './project-webhooks.server.ts';
import { readSlaPolicies } from './read-policies.server.ts';
import { recomputeWaits } from './recompute-waits.server.ts';
import { sampleWaiting } from './sample-waiting.server.ts';

/**
 * One round of the projection, and once a minute a sample of who waits.
 * @returns true when more webhooks are there at once
 */
export async function tickProjection(services: Services, now: Date): Promise<boolean> {
  const { db, log, changes } = services;
  const round = await projectWebhooks(services, now);
  if (round.outcome === 'busy') return false;
  if (round.unreadable > 0)
    log.error({ unreadable: round.unreadable }, 'events could not be read for the list of who waits');
  if (round.more) return true;
  if (await sampleWaiting(db.pool, now)) {
    await followTargets(services);
    changes.announce('page');
  }
  return false;
}

/** Asks Chatwoot's API for what the webhooks do not say. @returns true when there is more to ask */
export async function tickFromApi(services: Services, now: Date, signal?: AbortSignal): Promise<boolean> {
  const client = openChatwootClient(services, signal);
  if (!client) return false;
  await readSlaPolicies(services, client, now);
  const more = await listOpenConversations(services, client, now);
  return (await fillReplies(services, client, now)) || more;
}

/** Another SLA_FIRST_RESPONSE, or another policy, holds for those who wait already too. */
async function followTargets({ db, config }: Services): Promise<void> {
  const { rows } = await db.pool.query<{ key: string }>(
    `SELECT c.key FROM conversations c LEFT JOIN sla_policies p ON p.id = c.sla_policy_id
     WHERE c.waiting_since IS NOT NULL AND extract(epoch FROM c.due_at - c.waiting_since)
       NOT IN (COALESCE(p.first_seconds, $1), COALESCE(p.next_seconds, p.first_seconds, $1))`,
    [config.SLA_FIRST_RESPONSE / 1000],
  );
  if (rows.length === 0) return;
  const keys = rows.map(({ key }) => key);
  await inTransaction(db.pool, (client) => recomputeWaits(client, keys, config.SLA_FIRST_RESPONSE / 1000));
}
