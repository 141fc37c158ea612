import type pg from 'pg';
import { openChatwootClient } from '../../lib/chatwoot/chatwoot-client.server.ts';
import type { Pace } from '../../lib/chatwoot/pace.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { inSmallSteps } from '../../lib/database/write-in-parts.server.ts';
import { tickCheck } from './check/tick-check.server.ts';
import { fillReplies } from './fill-replies.server.ts';
import { projectWebhooks } from './project-webhooks.server.ts';
import { followTargets, readSlaPolicies } from './sla-policies.server.ts';
import { sampleWaiting } from './waiting-samples.server.ts';

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

const DAY_MS = 86_400_000;
/** How long a late webhook or an old message may still be told from a new one, in days. */
const MESSAGES_KEPT = 90;
const SAMPLES_KEPT = 400;

/**
 * One step of a walk by key: conversations that nobody waits in and Chatwoot has closed go, with the times of their messages and
 * their waits, when their last event has gone. With an open dead letter they stay, for it asks whether it was answered.
 */
const REMOVE_STILL = `
WITH walked AS (
  SELECT key FROM conversations WHERE key > $1 ORDER BY key LIMIT $3
), still AS (
  SELECT c.key FROM conversations c WHERE c.key IN (SELECT key FROM walked) AND c.waiting_since IS NULL AND c.seen_at < $2
    AND (c.status NOT IN ('open', 'pending') OR c.gone_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM deliveries d WHERE d.conversation_key = c.key)
  ORDER BY c.key FOR UPDATE
), replies AS (
  DELETE FROM conversation_replies WHERE key IN (SELECT key FROM still)
), messages AS (
  DELETE FROM customer_messages WHERE key IN (SELECT key FROM still)
), ended AS (
  DELETE FROM waits WHERE key IN (SELECT key FROM still)
), gone AS (
  DELETE FROM conversations WHERE key IN (SELECT key FROM still)
)
SELECT max(key) AS last, count(*) = $3 AS more FROM walked`;

/**
 * Removes what is no longer looked at: samples and message numbers by age, conversations that have been still for `eventDays`, and
 * customers' names of those that have been for the retention time of message texts (0 keeps them).
 */
export async function pruneWaiting(
  pool: pg.Pool,
  { retentionDays, eventDays, now }: { retentionDays: number; eventDays: number; now: Date },
): Promise<void> {
  const before = (days: number) => new Date(now.getTime() - days * DAY_MS);
  await pool.query('DELETE FROM waiting_samples WHERE minute < $1', [before(SAMPLES_KEPT)]);
  await pool.query(
    `DELETE FROM inbox_messages
     WHERE seq < (SELECT seq FROM deliveries WHERE received_at >= $1 ORDER BY seq LIMIT 1)`,
    [before(MESSAGES_KEPT)],
  );
  let after = '';
  if (eventDays > 0)
    await inSmallSteps(async (conversations) => {
      const { rows } = await pool.query<{ last: string | null; more: boolean }>(REMOVE_STILL, [
        after,
        before(eventDays),
        conversations,
      ]);
      after = rows[0]!.last ?? after;
      return rows[0]!.more;
    });
  if (retentionDays > 0)
    await pool.query(
      `UPDATE conversations SET customer_name = NULL
       WHERE customer_name IS NOT NULL AND waiting_since IS NULL AND seen_at < $1`,
      [before(retentionDays)],
    );
}
