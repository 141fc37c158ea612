import type { ChatwootClient } from '../../lib/chatwoot/chatwoot-client.server.ts';
import { CHATWOOT_AHEAD } from '../../lib/chatwoot/clock.server.ts';
import type { ReadServices } from '../../lib/database/queryable.server.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { storableInt, storableJson } from '../../lib/storable.ts';
import type { Services } from '../../lib/services.server.ts';
import { handWaits } from '../tickets/hand-waits.server.ts';
import { recomputeWaits } from './recompute-waits.server.ts';

/** Policies seldom change, and most accounts have none. */
const AGAIN_MS = 3_600_000;

/** Due: never read, long ago, or a conversation names one that was not there when they were read last. */
const DUE = `
SELECT FROM backlog_projection WHERE policies_at IS NULL OR policies_at < $1 OR EXISTS (
  SELECT FROM conversations WHERE waiting_since IS NOT NULL AND sla_policy_id <> ALL(unknown_policies)
    AND sla_policy_id NOT IN (SELECT id FROM sla_policies))`;

const UPSERT = `
INSERT INTO sla_policies (id, name, first_seconds, next_seconds)
SELECT DISTINCT ON (id) id, name, first, next FROM json_to_recordset($1::json) AS i(id bigint, name text, first int, next int)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, first_seconds = excluded.first_seconds, next_seconds = excluded.next_seconds`;

/** Due times are reckoned anew at the next round of the projection (`target_seconds`). */
const READ = `
UPDATE backlog_projection SET policies_at = $1, target_seconds = NULL, unknown_policies = ARRAY(
  SELECT DISTINCT sla_policy_id FROM conversations
  WHERE sla_policy_id IS NOT NULL AND sla_policy_id NOT IN (SELECT id FROM sla_policies))`;

/**
 * Reads Chatwoot's own SLA policies, once an hour and as soon as a conversation names one that is not known. They need the
 * Enterprise edition and a feature of the account: 401, 403 and 404 mean that there are none, and then SLA_FIRST_RESPONSE
 * holds for everybody.
 */
export async function readSlaPolicies(services: Services, client: ChatwootClient, now: Date): Promise<void> {
  const { pool } = services.db;
  const due = await pool.query(DUE, [new Date(now.getTime() - AGAIN_MS)]);
  if (due.rowCount === 0) return;
  const answer = await client.listSlaPolicies();
  const absent = ['unauthorized', 'forbidden', 'not_found'].includes(answer.outcome);
  if (answer.outcome !== 'ok' && !absent) return;
  const policies = answer.outcome === 'ok' ? answer.value : [];
  await inTransaction(pool, async (transaction) => {
    await transaction.query('DELETE FROM sla_policies WHERE id <> ALL($1::bigint[])', [
      policies.map(({ id }) => id),
    ]);
    await transaction.query(UPSERT, [
      storableJson(
        policies.map(({ id, name, firstResponseSeconds: first, nextResponseSeconds: next }) => ({
          id,
          name,
          first: storableInt(first),
          next: storableInt(next),
        })),
      ),
    ]);
    await transaction.query(READ, [now]);
  });
}

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

export interface SlaAdherence {
  /** Customers who began to wait in the time, those answered in time, and those who were not (or not yet, though due). */
  waits: number;
  inTime: number;
  breached: number;
  /** Not due yet and not answered. */
  open: number;
  /** inTime / (inTime + breached); null when nothing is decided yet. */
  ratio: number | null;
}

/**
 * How well the SLA was kept for the customers who began to wait from `from` until `to`, within the ranges of `outage` (a `tstzmultirange`), in Chatwoot or in a ticket kept by
 * hand; all are times of ours, waits bear Chatwoot's. A conversation that was deleted while its customer waited says nothing of it.
 */
export async function slaAdherence(
  { db, config }: ReadServices,
  { from, to, outage, now }: { from: Date; to: Date; outage: string; now: Date },
): Promise<SlaAdherence> {
  const { rows } = await db.pool.query<{ waits: number; in_time: number; breached: number }>(
    `SELECT count(*) AS waits,
       count(*) FILTER (WHERE COALESCE(answered_at, ended_at) <= due_at) AS in_time,
       count(*) FILTER (WHERE COALESCE(answered_at, ended_at, now) > due_at) AS breached
     FROM (
       SELECT due_at, answered_at, ended_at, $3::timestamptz + ${CHATWOOT_AHEAD} AS now FROM waits
       WHERE NOT gone AND since >= $1::timestamptz + ${CHATWOOT_AHEAD} AND since < $2::timestamptz + ${CHATWOOT_AHEAD}
         AND since - ${CHATWOOT_AHEAD} <@ $5::tstzmultirange
       UNION ALL
       SELECT due_at, answered_at, ended_at, $3 FROM (${handWaits('$4')}) by_hand WHERE since >= $1 AND since < $2 AND since <@ $5::tstzmultirange
     ) w`,
    [from, to, now, config.SLA_FIRST_RESPONSE / 1000, outage],
  );
  const { waits, in_time: inTime, breached } = rows[0]!;
  const decided = inTime + breached;
  return {
    waits,
    inTime,
    breached,
    open: waits - decided,
    ratio: decided === 0 ? null : inTime / decided,
  };
}
