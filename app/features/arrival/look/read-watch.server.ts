import type pg from 'pg';
import type { ArrivalState } from './decide-look.ts';
import { IS_ALIVE } from '../../processes/liveness.ts';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';

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
