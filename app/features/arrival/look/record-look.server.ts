import type pg from 'pg';
import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import { recordFact } from '../../facts/record-fact.server.ts';
import type { LikelyCause } from '../cause/decide-cause.ts';
import type { NewestMessage } from './read-newest.ts';
import { noteGap } from '../note-gap.server.ts';
import { SILENCE_MS } from './decide-look.ts';
import type { WatchState } from './read-watch.server.ts';
import { storableJson } from '../../../lib/json.ts';
import { mayTake } from '../../processes/liveness.ts';

/** A look belongs to a process as long as that process lives; see decision 1. */
const CLAIM = `
UPDATE arrival_watch SET owner = $1
WHERE due_at <= $2 AND ${mayTake('owner')}`;

/** @returns whether this process makes the look */
export async function claimLook(pool: pg.Pool, processId: string, now: Date): Promise<boolean> {
  const { rowCount } = await pool.query(CLAIM, [processId, now]);
  return rowCount === 1;
}

/** Keeps the first webhook that came since connecting: from then on something shows that they can. */
export async function noteReceived({ db, changes }: Services, state: WatchState): Promise<void> {
  if (state.firstWebhookAt || !state.proved) return;
  await db.pool.query(
    `UPDATE arrival_watch w SET first_webhook_at = e.received_at, expect_since = COALESCE(expect_since, e.received_at)
     FROM (SELECT v.received_at FROM webhook_events v LEFT JOIN chatwoot_connection c ON true
       WHERE v.source = 'webhook' AND v.received_at >= COALESCE(c.connected_at, '-infinity')
         AND (c.account IS NULL OR split_part(v.conversation_key, ':', 1) = c.account)
       ORDER BY v.seq LIMIT 1) e
     WHERE w.first_webhook_at IS NULL`,
  );
  changes.announce('page');
}

/** What is not read yet is looked for again after this, ms. */
const UNREAD_MS = 2000;
const UNREAD = 'webhooks that came have not been read yet';

/** What lies on disk or is not read yet would look as if it had never come: it is waited for. */
export async function deferLook({ db }: Services, state: WatchState, now: Date): Promise<void> {
  await db.pool.query(
    `UPDATE arrival_watch SET due_at = $1, failing_since = COALESCE(failing_since, $2), problem = $3 WHERE due_at = $4`,
    [new Date(now.getTime() + UNREAD_MS), now, UNREAD, state.dueAt],
  );
}

/**
 * Webhooks come again, after a time in which Chatwoot could not even be looked at: what was written in it may never be told
 * of. Unless that silence is noted already.
 */
export async function noteFailureOver({ db, changes }: Services, now: Date): Promise<void> {
  const noted = await inTransaction(db.pool, async (client) => {
    const { rows } = await client.query<{ began_at: Date; problem: string | null; is_known: boolean }>(
      `UPDATE arrival_watch w SET failing_since = NULL, problem = NULL
       FROM (SELECT problem, failing_since, looked_at FROM arrival_watch FOR UPDATE) b
       WHERE b.failing_since IS NOT NULL
       RETURNING b.problem, LEAST(b.looked_at, b.failing_since - $1 * interval '1 millisecond') AS began_at,
         EXISTS (SELECT FROM arrival_gaps WHERE ended_at >= b.failing_since) AS is_known`,
      [SILENCE_MS],
    );
    const [before] = rows;
    if (!before || before.problem === UNREAD || before.is_known) return false;
    await noteGap(client, { kind: 'silence', beganAt: before.began_at, endedAt: now });
    return true;
  });
  if (noted) changes.announce('work');
}

export async function recordFailedLook(
  services: Services,
  state: WatchState,
  { problem, again, now }: { problem: string; again: Date; now: Date },
): Promise<void> {
  const { db, processId, log } = services;
  if (!state.failingSince) log.warn({ problem }, "Chatwoot's newest messages could not be looked at");
  await db.pool.query(
    `UPDATE arrival_watch SET owner = NULL, due_at = $2, failing_since = COALESCE(failing_since, $3), problem = $4 WHERE owner = $1`,
    [processId, again, now, problem],
  );
}

export interface Look {
  account: string;
  untold: readonly NewestMessage[];
  /** The newest of what has to be fetched now; null: nothing has to. */
  fetchUntil: Date | null;
  newestAt: Date | null;
  silentSince: Date | null;
  confirmed: boolean;
  cause: LikelyCause | null;
  next: Date;
  now: Date;
}

/**
 * Puts a look on record. What no webhook told of is compared at once when a second look has confirmed it, or when webhooks of
 * others came after it: then it was lost, and nothing is closed.
 */
export async function recordLook(services: Services, state: WatchState, look: Look): Promise<void> {
  const { db, processId, changes, log } = services;
  const { untold, confirmed, cause, now } = look;
  const begins = confirmed && !state.confirmed;
  const isSilence = stays(state, look);
  const done = await inTransaction(
    db.pool,
    async (client) => {
      const { rowCount } = await client.query(
        `UPDATE arrival_watch SET owner = NULL, due_at = $2, looked_at = $3, newest_at = $4, failing_since = NULL, problem = NULL,
           silent_since = CASE WHEN $5 THEN COALESCE(LEAST(silent_since, $6), $6) END,
           silent_seen_at = CASE WHEN NOT $5 THEN NULL WHEN $7 THEN $3 ELSE silent_seen_at END,
           confirmed_at = CASE WHEN $8 THEN COALESCE(confirmed_at, $3) END,
           cause = CASE WHEN $5 THEN COALESCE($9, cause) END,
           compare_at = COALESCE($10, compare_at)
         WHERE owner = $1`,
        [
          processId,
          look.next,
          now,
          look.newestAt,
          isSilence,
          look.silentSince,
          untold.length > 0,
          confirmed,
          cause && storableJson(cause),
          look.fetchUntil,
        ],
      );
      if (rowCount === 0) return false;
      await writeUntold(client, look, isSilence);
      if (begins) await tellBegin(client, look);
      return true;
    },
    (written) => !written,
  );
  if (!done) return;
  if (begins)
    log.error({ untold: untold.length, cause: cause?.kind }, "Chatwoot works, its webhooks don't arrive");
  changes.announce('page');
  if (look.fetchUntil) changes.announce('work');
}

/** A suspicion that a second look did not confirm is none: others' webhooks have come meanwhile. */
const stays = (state: WatchState, { untold, confirmed }: Look): boolean =>
  confirmed || (untold.length > 0 && !state.suspected);

async function writeUntold(client: pg.ClientBase, look: Look, isSilence: boolean): Promise<void> {
  // A suspicion is about what the latest look saw; a silence keeps all that it missed.
  if (!look.confirmed) await client.query('DELETE FROM untold_messages');
  if (!isSilence) return;
  await client.query(
    `INSERT INTO untold_messages (account, message_id, conversation_id, created_at)
     SELECT $1, message_id, conversation_id, created_at
     FROM json_to_recordset($2::json) AS i(message_id bigint, conversation_id bigint, created_at timestamptz)
     ON CONFLICT DO NOTHING`,
    [
      look.account,
      storableJson(
        look.untold.map(({ id, conversationId, createdAt }) => ({
          message_id: id,
          conversation_id: conversationId,
          created_at: createdAt,
        })),
      ),
    ],
  );
}

async function tellBegin(client: pg.ClientBase, { untold, silentSince, cause, now }: Look): Promise<void> {
  await recordFact(client, {
    type: 'support.arrival.silent',
    value: { messages: untold.length, since: silentSince, cause: cause?.kind ?? null },
    now,
  });
}

/** Webhooks of messages come again. What was written until then is compared once more. */
export async function noteSilenceOver(services: Services, state: WatchState, now: Date): Promise<void> {
  const { db, changes, log } = services;
  const missed = await inTransaction(db.pool, async (client) => {
    const { rows } = await client.query<{ messages: number }>(
      'SELECT count(*) AS messages FROM missed_messages',
    );
    const { rowCount } = await client.query(
      `UPDATE arrival_watch SET silent_since = NULL, silent_seen_at = NULL, confirmed_at = NULL, cause = NULL,
         compare_at = $1, due_at = $1 WHERE confirmed_at = $2`,
      [now, state.confirmedAt],
    );
    if (rowCount === 0) return null;
    await client.query('DELETE FROM untold_messages');
    await recordFact(client, {
      type: 'support.arrival.flows_again',
      value: {
        messages: rows[0]!.messages,
        since: state.silentSince,
        afterMs: now.getTime() - (state.silentSince ?? now).getTime(),
      },
      now,
    });
    return rows[0]!.messages;
  });
  if (missed === null) return;
  log.info({ missed }, "Chatwoot's webhooks arrive again");
  changes.announce('page');
  changes.announce('work');
}
