import type pg from 'pg';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';
import { storableJson } from '../../../lib/storable.ts';
import type { FallbackStep } from '../fallback-view.ts';
import { lockMode } from '../read-fallback.server.ts';

export interface NewStep {
  direction: FallbackStep['direction'];
  kind: FallbackStep['kind'];
  target?: string;
  title: string;
}

/**
 * Puts down steps to be done by the tick; one that a run has already is left as it is.
 * @returns which were added
 */
export async function addSteps(
  client: pg.ClientBase,
  steps: readonly NewStep[],
  { runId, by, now }: { runId: number; by: string; now: Date },
): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO fallback_actions (run_id, direction, kind, target, title, due_at, requested_by, created_at)
     SELECT $1, step->>'direction', step->>'kind', COALESCE(step->>'target', ''), step->>'title', $3, $2, $3
     FROM jsonb_array_elements($4::jsonb) WITH ORDINALITY AS list (step, place) ORDER BY place
     ON CONFLICT (run_id, direction, kind, target) DO NOTHING
     RETURNING id`,
    [runId, by, now, storableJson(steps)],
  );
  return rows.map((row) => row.id);
}

/** The steps that options ask for. */
export function stepsOf(options: { inboxes: readonly ExactId[]; webhook: 'left' | 'disabled' }): NewStep[] {
  const steps: NewStep[] = options.inboxes.map((id) => ({
    direction: 'on',
    kind: 'inbox',
    target: String(id),
    title: `Out-of-office message on inbox ${id}`,
  }));
  if (options.webhook === 'disabled')
    steps.push({ direction: 'on', kind: 'webhook', title: 'Chatwoot stops sending webhooks' });
  return steps;
}

/**
 * What an earlier run changed in Chatwoot and could not restore goes on in this one, with what was found back then: else
 * our own out-of-office message would be taken for the shop's.
 */
export async function inheritSteps(
  client: pg.ClientBase,
  { runId, by, now }: { runId: number; by: string; now: Date },
): Promise<void> {
  await client.query(
    `INSERT INTO fallback_actions (run_id, direction, kind, target, title, due_at, requested_by, created_at, saved)
     SELECT $1, 'on', kind, target, title, $3, $2, $3, saved
     FROM (SELECT DISTINCT ON (kind, target) * FROM fallback_actions
           WHERE direction = 'on' AND saved IS NOT NULL AND run_id <> $1 ORDER BY kind, target, id DESC) latest
     WHERE NOT EXISTS (SELECT 1 FROM fallback_actions o WHERE o.run_id = latest.run_id AND o.direction = 'off'
       AND o.kind = latest.kind AND o.target = latest.target AND o.state = 'done')`,
    [runId, by, now],
  );
  await client.query(
    `UPDATE fallback_actions SET state = 'cancelled', finished_at = $2,
       result = concat_ws(' ', result, 'Given up: fallback mode was switched on again first.')
     WHERE run_id <> $1 AND direction = 'off' AND kind <> 'notice' AND state IN ('waiting', 'failed')`,
    [runId, now],
  );
}

/** What taking a step back is called, in the plan and on the list of what happened. */
export function restoreTitle({ kind, title }: Pick<FallbackStep, 'kind' | 'title'>): string {
  if (kind === 'webhook') return 'Chatwoot sends webhooks again';
  return `${title.replace(/^Out-of-office message on/, 'Hours and message of')} as before`;
}

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
