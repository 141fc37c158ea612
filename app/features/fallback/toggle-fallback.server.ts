import type pg from 'pg';
import { type DatabaseAway, inTransactionUnlessAway } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { storableJson, storableText } from '../../lib/storable.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { pauseDeliveries, resumeDeliveries } from '../delivery/delivery-gate.server.ts';
import { skipAnswered, type SkippedDelivery } from '../delivery/skip-answered.server.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { lockMode, type ModeRow, writeMode } from './read-fallback.server.ts';
import { type FallbackOptions, type FallbackStep, NO_OPTIONS } from './fallback-view.ts';
import { addSteps, inheritSteps, type NewStep, restoreTitle, stepsOf } from './steps/add-steps.server.ts';
import { tellIncidents } from './tell-incidents.server.ts';

export interface ToggleRequest {
  to: 'on' | 'off';
  reason: string;
  /** For switching on; nothing but pause and notice when left out. */
  options?: FallbackOptions;
  /** Switches off though the restore checklist is open. */
  overrideReason?: string;
  /** Judges the restore checklist, asked only for switching off, and within its transaction: a check that fails meanwhile counts. */
  restoreGate: (client: pg.ClientBase) => Promise<{ open: boolean; items: string[] }>;
  actor: Actor;
  /** The alert rule that does it by itself. */
  rule?: string;
  now: Date;
  /** What the change was decided on; any when left out, as on the command line. */
  version?: number;
}

/** Where nothing stands in the way of switching off. */
export const NO_CHECKLIST: ToggleRequest['restoreGate'] = () => Promise.resolve({ open: false, items: [] });

export type ToggleOutcome =
  | {
      outcome: 'switched';
      state: 'on' | 'off';
      version: number;
      runId: number;
      held: number;
      skipped: number;
    }
  /** It is so already, or somebody changed it meanwhile. */
  | { outcome: 'not_switched'; state: 'on' | 'off'; version: number; since: string | null; by: string | null }
  | { outcome: 'reason_missing' }
  | { outcome: 'checklist_open'; items: string[] }
  | DatabaseAway;

/**
 * Switches fallback mode. On: nothing is delivered any more, webhooks are stored as ever. Off: messages that a person has
 * answered are left out, the rest goes out in order. That much is one transaction; everything outside this app is put down
 * as steps, which the tick does one by one.
 */
export async function toggleFallback(services: Services, request: ToggleRequest): Promise<ToggleOutcome> {
  const reason = storableText(request.reason.trim(), 500);
  if (!reason) return { outcome: 'reason_missing' };
  const outcome = await inTransactionUnlessAway(services.db, (client) =>
    toggle(client, { ...request, reason }),
  );
  if (outcome.outcome === 'switched') {
    services.changes.announce('work');
    services.changes.announce('page');
  }
  return outcome;
}

async function toggle(client: pg.PoolClient, request: ToggleRequest): Promise<ToggleOutcome> {
  const mode = await lockMode(client);
  const stale = request.version !== undefined && request.version !== mode.version;
  if (mode.state === request.to || stale) return notSwitched(mode);
  if (request.to === 'on') return switchOn(client, request);
  const { open, items } = await request.restoreGate(client);
  const override = request.overrideReason && storableText(request.overrideReason.trim(), 500);
  if (open && !override) return { outcome: 'checklist_open', items };
  const overridden = open ? { override: override!, openItems: items } : { override: null, openItems: [] };
  return switchOff(client, { ...request, ...overridden, runId: mode.runId! });
}

function notSwitched(mode: ModeRow): ToggleOutcome {
  const { state, version, changedAt, changedBy } = mode;
  return { outcome: 'not_switched', state, version, since: changedAt?.toISOString() ?? null, by: changedBy };
}

/** Pauses deliveries, begins a run and puts down its steps; the lock of the mode is held. */
async function switchOn(client: pg.PoolClient, request: ToggleRequest): Promise<ToggleOutcome> {
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

const SKIP_REASON = 'answered by a person during fallback';

/** Leaves out what a person has answered, lets the rest go out, ends the run and puts down what has to be restored. */
async function switchOff(
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
