import type pg from 'pg';
import type { ExactId } from '../../../lib/chatwoot/exact-id.ts';
import { lockMode } from '../fallback-row.server.ts';
import type { FallbackStep } from '../fallback-view.ts';
import { addSteps, stepsOf } from './add-steps.server.ts';

/**
 * Has inboxes answer with a text while fallback mode is on: closed ones say it from now on, open ones are closed with it. What
 * was there before is restored when fallback mode ends. Pass the client of the transaction that publishes the text.
 * @returns false when fallback mode is not on
 */
export async function sayOnInboxes(
  client: pg.PoolClient,
  { inboxes, text, by, now }: { inboxes: readonly ExactId[]; text: string; by: string; now: Date },
): Promise<boolean> {
  const mode = await lockMode(client);
  if (mode.state !== 'on') return false;
  const runId = mode.runId!;
  await addSteps(client, stepsOf({ inboxes, webhook: 'left' }), { runId, by, now });
  // One that is being done is done again afterwards, because it has a newer text then.
  await client.query(
    `UPDATE fallback_actions SET messages = messages || $3::text, due_at = $4, finished_at = NULL,
       attempts = CASE WHEN state = 'running' THEN attempts ELSE 0 END,
       state = CASE WHEN state = 'running' THEN 'running' ELSE 'waiting' END
     WHERE run_id = $1 AND direction = 'on' AND kind = 'inbox' AND target = ANY($2)`,
    [runId, inboxes.map(String), text, now],
  );
  return true;
}

/** An inbox that fallback mode closes, as it stands. */
export interface ClosedInbox {
  stepId: number;
  inbox: string;
  state: FallbackStep['state'];
  result: string | null;
  /** What it was told to answer last; null: the fixed text. */
  message: string | null;
  finishedAt: Date | null;
}

/** The inboxes that fallback mode has closed, or is to close; none while it is off. */
export async function readClosedInboxes(pool: pg.Pool): Promise<{ on: boolean; closed: ClosedInbox[] }> {
  const { rows } = await pool.query<{ on: boolean } & { [K in keyof ClosedInbox]: ClosedInbox[K] | null }>(
    `SELECT m.state = 'on' AS on, a.id AS "stepId", a.target AS inbox, a.state, a.result, a.messages[cardinality(a.messages)] AS message,
       a.finished_at AS "finishedAt"
     FROM fallback_mode m LEFT JOIN fallback_actions a
       ON m.state = 'on' AND a.run_id = m.run_id AND a.direction = 'on' AND a.kind = 'inbox' ORDER BY a.id`,
  );
  return {
    on: rows[0]?.on ?? false,
    closed: rows.flatMap(({ on: _on, ...row }) => (row.stepId === null ? [] : [row as ClosedInbox])),
  };
}
