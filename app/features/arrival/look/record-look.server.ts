import type pg from 'pg';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import { storableJson } from '../../../lib/storable.ts';
import type { Services } from '../../../lib/services.server.ts';
import { recordFact } from '../../facts/record-fact.server.ts';
import { IS_ALIVE, mayTake } from '../../processes/liveness.ts';
import type { LikelyCause } from '../cause/decide-cause.ts';
import { noteGap } from '../note-gap.server.ts';
import { type ArrivalState, SILENCE_MS } from './decide-look.ts';
import type { NewestMessage } from './read-newest.ts';

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

/** What of the row a tick goes on from. */
export interface WatchState extends ArrivalState {
  /** Since when it is proved that webhooks arrive, as kept in the row; null: not proved, or not kept yet. */
  firstWebhookAt: Date | null;
  silentSince: Date | null;
  /** When a look saw one last that no webhook told of. */
  silentSeenAt: Date | null;
  confirmedAt: Date | null;
  failingSince: Date | null;
  /** A webhook shows that they arrive. */
  proved: boolean;
}

const STATE = `
SELECT w.due_at AS "dueAt", w.expect_since AS "expectSince", w.first_webhook_at AS "firstWebhookAt",
  w.silent_since AS "silentSince", w.silent_seen_at AS "silentSeenAt", w.confirmed_at AS "confirmedAt",
  w.failing_since AS "failingSince",
  w.silent_since IS NOT NULL AND w.confirmed_at IS NULL AS suspected, w.confirmed_at IS NOT NULL AS confirmed,
  l.at AS "lastWebhookAt", p."listeningSince", n.narrowed, n.widened_at AS "widenedAt",
  p.spooled OR EXISTS (SELECT FROM webhook_events e, backlog_projection b
    WHERE e.seq > b.through_seq AND e.event = 'message_created' AND e.source = 'webhook') AS unread,
  EXISTS (SELECT FROM drills WHERE ended_at IS NULL) AS drill,
  pa.at IS NOT NULL AS proved
FROM arrival_watch w CROSS JOIN proved_arrival pa CROSS JOIN last_message_webhook l CROSS JOIN narrowed_webhooks n
CROSS JOIN (
  SELECT CASE WHEN bool_or(role IN ('all', 'web')) THEN GREATEST(min(started_at) FILTER (WHERE role IN ('all', 'web')),
    (SELECT max(ended_at) FROM arrival_gaps WHERE kind <> 'silence')) END AS "listeningSince", COALESCE(bool_or(spooled > 0), false) AS spooled
  FROM processes WHERE ${IS_ALIVE}) p`;

export async function readWatchState(db: Pick<pg.Pool, 'query'>): Promise<WatchState> {
  const { rows } = await db.query<WatchState>({ name: 'arrival-state', text: STATE });
  return rows[0]!;
}

/**
 * Which of these messages no webhook told of: neither are they in the inbox, nor did one come after they had been fetched.
 * What a comparison fetched was not told of.
 * @returns by number: whether it was fetched
 */
export async function findUntold(
  db: Pick<pg.Pool, 'query'>,
  account: string,
  ids: readonly ExactId[],
): Promise<Map<ExactId, { fetched: boolean }>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<{ id: ExactId; fetched: boolean }>(
    `SELECT id, EXISTS (SELECT FROM reconciled_messages r WHERE (r.account, r.message_id) = ($1, i.id)) AS fetched
     FROM unnest($2::bigint[]) AS i(id)
     WHERE NOT EXISTS (
       SELECT FROM inbox_messages m LEFT JOIN webhook_events e USING (seq)
       WHERE m.account = $1 AND m.message_id = i.id AND e.source IS DISTINCT FROM 'reconciled')
     AND NOT EXISTS (
       SELECT FROM reconciled_messages r WHERE r.account = $1 AND r.message_id = i.id AND r.arrived_at IS NOT NULL)`,
    [account, ids],
  );
  return new Map(rows.map(({ id, fetched }) => [id, { fetched }]));
}
