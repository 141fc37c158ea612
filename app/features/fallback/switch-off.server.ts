import type pg from 'pg';
import { recordAudit } from '../audit/record-audit.server.ts';
import { resumeDeliveries } from '../delivery/pause-deliveries.server.ts';
import { skipAnswered, type SkippedDelivery } from '../delivery/skip-answered.server.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { addSteps, type NewStep } from './add-steps.server.ts';
import type { FallbackStep } from './fallback-view.ts';
import { writeMode } from './fallback-row.server.ts';
import { restoreTitle } from './restore-title.ts';
import { tellIncidents } from './tell-incidents.server.ts';
import type { ToggleOutcome, ToggleRequest } from './toggle-fallback.server.ts';
import { storableJson } from '../../lib/storable.ts';

export const SKIP_REASON = 'answered by a person during fallback';

/** Leaves out what a person has answered, lets the rest go out, ends the run and puts down what has to be restored. */
export async function switchOff(
  client: pg.PoolClient,
  request: Pick<ToggleRequest, 'actor' | 'reason' | 'now'> & {
    runId: number;
    /** Why, though the restore checklist is open. */
    override: string | null;
    openItems: readonly string[];
  },
): Promise<ToggleOutcome> {
  const { actor, reason, now, runId, override, openItems } = request;
  const by = actor.name;
  const run = await client.query<{ started_at: Date }>(
    'SELECT started_at FROM fallback_runs WHERE id = $1 AND ended_at IS NULL FOR UPDATE',
    [runId],
  );
  const since = run.rows[0]!.started_at;
  const skipped = await skipAnswered(client, { since, by, reason: SKIP_REASON, now });
  await listSkipped(client, runId, skipped);
  const { held, throughSeq } = await resumeDeliveries(client, now);
  await client.query(
    `UPDATE fallback_runs SET ended_at = $2, ended_by = $3, end_reason = $4, override_reason = $5, open_items = $6,
       held = $7, through_seq = $8
     WHERE id = $1 AND ended_at IS NULL`,
    [runId, now, by, reason, override, storableJson(openItems), held, throughSeq],
  );
  const version = await writeMode(client, { state: 'off', runId, by, now });
  await addSteps(client, await stepsBack(client, runId, now), { runId, by, now });
  const value = { run: runId, held, skipped: skipped.length };
  await recordFact(client, {
    type: 'support.fallback.off',
    value,
    metadata: { actor: by, reason, override, openItems },
    now,
  });
  const overridden = override ? `; the open checklist was overridden: ${override}` : '';
  await tellIncidents(client, {
    kind: 'fallback_off',
    text: `Fallback mode off: ${reason}. ${held} deliveries go out, ${skipped.length} left out because a person had answered${overridden}`,
    actor: by,
    now,
    data: value,
  });
  await recordAudit(client, {
    actor,
    action: 'fallback.off',
    target: `fallback ${runId}`,
    before: { state: 'on', openItems },
    after: { state: 'off', held, skipped: skipped.length, override },
    reason,
    at: now,
  });
  return { outcome: 'switched', state: 'off', version, runId, held, skipped: skipped.length };
}

async function listSkipped(client: pg.ClientBase, runId: number, skipped: readonly SkippedDelivery[]) {
  if (skipped.length === 0) return;
  await client.query(
    `INSERT INTO fallback_skips (run_id, seq, conversation_id, customer_key, received_at, answered_at)
     SELECT $1, s.seq, s."conversationId", s."customerKey", s."receivedAt", s."answeredAt"
     FROM jsonb_to_recordset($2::jsonb)
       AS s (seq bigint, "conversationId" text, "customerKey" text, "receivedAt" timestamptz, "answeredAt" timestamptz)`,
    [runId, storableJson(skipped)],
  );
}

/** What was begun is restored; what was not is given up. */
async function stepsBack(client: pg.ClientBase, runId: number, now: Date): Promise<NewStep[]> {
  await client.query(
    `UPDATE fallback_actions SET state = 'cancelled', finished_at = $2,
       result = concat_ws(' ', result, 'Given up: fallback mode was switched off before it was done.')
     WHERE run_id = $1 AND direction = 'on' AND state IN ('waiting', 'failed')`,
    [runId, now],
  );
  const { rows } = await client.query<Pick<FallbackStep, 'kind' | 'target' | 'title'>>(
    `SELECT kind, target, title FROM fallback_actions
     WHERE run_id = $1 AND direction = 'on' AND kind <> 'notice' AND (saved IS NOT NULL OR state IN ('running', 'done'))
     ORDER BY id`,
    [runId],
  );
  const restores = rows.map(({ kind, target, title }): NewStep => {
    return { direction: 'off', kind, target, title: restoreTitle({ kind, title }) };
  });
  return [...restores, { direction: 'off', kind: 'notice', title: 'Notice to the team' }];
}
