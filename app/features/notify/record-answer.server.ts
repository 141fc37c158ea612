import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { channelKey } from './channel.ts';
import type { ClaimedNotification } from './claim-notifications.server.ts';
import { queueNextChannel } from './queue-notifications.server.ts';
import type { AfterSend } from './decide-after-send.ts';

/**
 * Records how one try ended, with its line in the log. Guarded by the owner: a process that was presumed dead cannot
 * overwrite what another one found out since.
 */
export async function recordAnswer(
  pool: pg.Pool,
  claimed: ClaimedNotification,
  after: AfterSend,
  { owner, now }: { owner: string; now: Date },
): Promise<void> {
  const { id, channel, fallbacks } = claimed;
  const finished = after.state !== 'queued';
  await inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE notifications SET state = $3, attempts = attempts + 1, answer = $4, due_at = coalesce($5, due_at), owner = NULL,
         claimed_at = NULL, finished_at = $6
       WHERE id = $1 AND owner = $2 AND state = 'queued'`,
      [id, owner, after.state, after.answer, finished ? null : after.dueAt, finished ? now : null],
    );
    if (rowCount === 0) return;
    // The log has no "queued" again: a try that did not succeed failed, whatever becomes of the message.
    await log(
      client,
      { id, at: now, state: finished ? after.state : 'failed', channel: channelKey(channel) },
      after.answer,
    );
    await settleCarried(client, claimed, { taken: after.state === 'accepted', owner, now });
    if (after.state === 'failed' && fallbacks.length > 0) await queueNextChannel(client, claimed, now);
  });
}

/** Updates travel with their message: taken with it, or given back to wait for the next one. */
async function settleCarried(
  client: pg.ClientBase,
  { id, channel, carries }: ClaimedNotification,
  { taken, owner, now }: { taken: boolean; owner: string; now: Date },
): Promise<void> {
  const ids = carries.map((carried) => carried.id);
  if (ids.length === 0) return;
  if (!taken) {
    await client.query(
      'UPDATE notifications SET owner = NULL, claimed_at = NULL WHERE id = ANY($1::bigint[]) AND owner = $2',
      [ids, owner],
    );
    return;
  }
  const answer = `Told within message ${id}.`;
  await client.query(
    `UPDATE notifications SET state = 'folded', answer = $3, owner = NULL, claimed_at = NULL, finished_at = $4
     WHERE id = ANY($1::bigint[]) AND owner = $2 AND state = 'queued'`,
    [ids, owner, answer, now],
  );
  for (const carried of ids)
    await log(client, { id: carried, at: now, state: 'folded', channel: channelKey(channel) }, answer);
}

async function log(
  client: pg.ClientBase,
  entry: { id: number; at: Date; state: string; channel: string },
  answer: string,
): Promise<void> {
  await client.query(
    'INSERT INTO notification_log (notification_id, at, state, channel, answer) VALUES ($1, $2, $3, $4, $5)',
    [entry.id, entry.at, entry.state, entry.channel, answer],
  );
}
