import type pg from 'pg';
import type { ExactId } from '../../../lib/chatwoot/exact-id.ts';
import { storableJson } from '../../../lib/storable.ts';
import type { FallbackStep } from '../fallback-view.ts';

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
