import type pg from 'pg';
import { recordAudit } from '../audit/record-audit.server.ts';
import { pauseDeliveries } from '../delivery/pause-deliveries.server.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { addSteps, inheritSteps, stepsOf } from './add-steps.server.ts';
import { writeMode } from './fallback-row.server.ts';
import { NO_OPTIONS } from './fallback-options.ts';
import { tellIncidents } from './tell-incidents.server.ts';
import type { ToggleOutcome, ToggleRequest } from './toggle-fallback.server.ts';

/** Pauses deliveries, begins a run and puts down its steps; the lock of the mode is held. */
export async function switchOn(client: pg.PoolClient, request: ToggleRequest): Promise<ToggleOutcome> {
  const { actor, reason, rule = null, now, options = NO_OPTIONS } = request;
  const by = actor.name;
  const inserted = await client.query<{ id: number }>(
    'INSERT INTO fallback_runs (started_at, started_by, reason, rule) VALUES ($1, $2, $3, $4) RETURNING id',
    [now, by, reason, rule],
  );
  const runId = inserted.rows[0]!.id;
  const held = await pauseDeliveries(client, { by, reason: `Fallback mode: ${reason}`, now });
  const version = await writeMode(client, { state: 'on', runId, by, now });
  const notice = { direction: 'on', kind: 'notice', title: 'Notice to the team' } as const;
  await addSteps(client, [notice], { runId, by, now });
  await inheritSteps(client, { runId, by, now });
  await addSteps(client, stepsOf(options), { runId, by, now });
  await recordFact(client, {
    type: 'support.fallback.on',
    value: { run: runId, held },
    metadata: { actor: by, reason, rule },
    now,
  });
  await tellIncidents(client, {
    kind: 'fallback_on',
    text: `Fallback mode on: ${reason}. ${held} deliveries held`,
    actor: by,
    now,
    data: { run: runId, held },
  });
  await recordAudit(client, {
    actor,
    action: 'fallback.on',
    target: `fallback ${runId}`,
    before: { state: 'off' },
    after: { state: 'on', held, ...options, rule },
    reason,
    at: now,
  });
  return { outcome: 'switched', state: 'on', version, runId, held, skipped: 0 };
}
