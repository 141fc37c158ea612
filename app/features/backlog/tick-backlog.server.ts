import type { Pace } from '../../lib/chatwoot/pace.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { tickCheck } from './check/tick-check.server.ts';
import { fillReplies } from './fill-replies.server.ts';
import { followTargets } from './follow-targets.server.ts';
import { openChatwootClient } from './open-client.server.ts';
import { projectWebhooks } from './project-webhooks.server.ts';
import { readSlaPolicies } from './read-policies.server.ts';
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
  await followTargets(services);
  if (await sampleWaiting(db.pool, now)) changes.announce('page');
  return false;
}

/**
 * Asks Chatwoot's API for what the webhooks do not say, and checks what waits against its lists.
 * @returns true when there is more to ask at once
 */
export async function tickFromApi(
  services: Services,
  { now, pace, signal }: { now: Date; pace: Pace; signal?: AbortSignal },
): Promise<boolean> {
  const client = openChatwootClient(services, signal);
  if (!client) return false;
  await readSlaPolicies(services, client, now);
  const context = { services, client, pace, now, signal };
  if (await tickCheck(context)) return true;
  return (await fillReplies(context)) === 'more';
}
