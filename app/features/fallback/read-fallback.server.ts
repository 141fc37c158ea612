import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { factType } from '../facts/record-fact.server.ts';
import type {
  FallbackRun,
  FallbackState,
  FallbackStep,
  NoticeLine,
  SkippedMessage,
} from './fallback-view.ts';
import { noticeThread } from './steps/give-notice.server.ts';

/** Where fallback mode stands, for every page. */
export async function readFallbackState({ db }: Services): Promise<FallbackState> {
  const { rows } = await db.pool.query<Omit<FallbackState, 'since'> & { since: Date | null }>(
    `SELECT m.state, m.version, m.changed_at AS since, m.changed_by AS by, m.run_id AS "runId",
       CASE WHEN m.state = 'on' THEN r.reason END AS reason, CASE WHEN m.state = 'on' THEN r.rule END AS rule
     FROM fallback_mode m LEFT JOIN fallback_runs r ON r.id = m.run_id`,
  );
  const row = rows[0]!;
  return { ...row, since: row.since?.toISOString() ?? null };
}

/** Skipped messages that a page lists. */
const LISTED = 200;

/** Each time fallback mode was on, newest first. */
export async function listFallbackRuns(services: Services, limit = 10): Promise<FallbackRun[]> {
  const runs = await services.db.prisma.fallbackRun.findMany({ orderBy: { id: 'desc' }, take: limit });
  return Promise.all(runs.map((run) => describe(services, run)));
}

type Row = Awaited<ReturnType<Services['db']['prisma']['fallbackRun']['findMany']>>[number];

async function describe({ db }: Services, run: Row): Promise<FallbackRun> {
  const { prisma } = db;
  const where = { runId: run.id };
  const [steps, notices, skips, skippedCount, left, switched] = await Promise.all([
    prisma.fallbackAction.findMany({ where, orderBy: { id: 'asc' } }),
    prisma.notification.findMany({
      where: { thread: noticeThread(Number(run.id)) },
      orderBy: { id: 'asc' },
      take: 50,
    }),
    prisma.fallbackSkip.findMany({ where, orderBy: { seq: 'asc' }, take: LISTED }),
    prisma.fallbackSkip.count({ where }),
    run.endedAt && run.throughSeq !== null
      ? prisma.delivery.count({ where: { state: 'pending', seq: { lte: run.throughSeq } } })
      : 0,
    db.pool.query<{ held: number }>(
      `SELECT (value->>'held')::int AS held FROM dashboard_facts
       WHERE fact_type = ${factType('support.fallback.on')} AND value->>'run' = $1 LIMIT 1`,
      [String(run.id)],
    ),
  ]);
  return {
    id: Number(run.id),
    startedAt: run.startedAt.toISOString(),
    startedBy: run.startedBy,
    reason: run.reason,
    rule: run.rule,
    endedAt: run.endedAt?.toISOString() ?? null,
    endedBy: run.endedBy,
    endReason: run.endReason,
    overrideReason: run.overrideReason,
    openItems: run.openItems as string[],
    drain: run.endedAt && run.held !== null ? { held: run.held, left: Math.min(left, run.held) } : null,
    heldAtOnce: switched.rows[0]?.held ?? null,
    steps: steps.map((step) => stepLine(step, notices)),
    notices: notices.map((notice): NoticeLine => ({
      channel: (notice.channel as { kind: string }).kind,
      state: notice.state,
      answer: notice.answer,
    })),
    skipped: skips.map((skip): SkippedMessage => ({
      seq: Number(skip.seq),
      conversation: skip.conversationId,
      customer: skip.customerKey,
      receivedAt: skip.receivedAt.toISOString(),
      answeredAt: skip.answeredAt.toISOString(),
      restoredAt: skip.restoredAt?.toISOString() ?? null,
      restoredBy: skip.restoredBy,
    })),
    skippedCount,
  };
}

type StepRow = Awaited<ReturnType<Services['db']['prisma']['fallbackAction']['findMany']>>[number];

/** A notice that was queued is done only when every channel took it. */
function stepLine(step: StepRow, notices: { kind: string; state: string }[]): FallbackStep {
  const own = notices.filter(({ kind }) => kind === `fallback_${step.direction}`);
  const notTaken =
    step.kind === 'notice' && step.state === 'done' && own.some(({ state }) => state === 'failed');
  return {
    id: Number(step.id),
    direction: step.direction as FallbackStep['direction'],
    kind: step.kind as FallbackStep['kind'],
    target: step.target,
    title: step.title,
    state: notTaken ? 'failed' : (step.state as FallbackStep['state']),
    attempts: step.attempts,
    result: step.result,
    requestedBy: step.requestedBy,
    finishedAt: step.finishedAt?.toISOString() ?? null,
    dueAt: step.dueAt.toISOString(),
  };
}

/** For the banner: null when it is off, or cannot be read now, which is no reason to refuse a page. */
export async function readFallbackBanner(services: Services): Promise<FallbackState | null> {
  if (services.db.status().state !== 'up') return null;
  const state = await readFallbackState(services).catch(() => null);
  return state?.state === 'on' ? state : null;
}

/** Alert rules with an incident that fire now: a reason to switch fallback mode on. */
export async function readFiring({ db }: Services): Promise<{ rule: string; words: string }[]> {
  const alerts = await db.prisma.alert.findMany({
    where: { state: 'firing', severity: { in: ['P0', 'P1'] } },
    orderBy: [{ severity: 'asc' }, { since: 'asc' }],
  });
  return alerts.map(({ rule, words }) => ({ rule, words }));
}

export interface ModeRow {
  state: 'on' | 'off';
  version: number;
  runId: number | null;
  changedAt: Date | null;
  changedBy: string | null;
}

/** Locks where fallback mode stands: of two that change it at once the second sees what the first did. */
export async function lockMode(client: pg.ClientBase): Promise<ModeRow> {
  const { rows } = await client.query<ModeRow>(
    `SELECT state, version, run_id AS "runId", changed_at AS "changedAt", changed_by AS "changedBy"
     FROM fallback_mode FOR UPDATE`,
  );
  return rows[0]!;
}

/** Writes the change that was decided under the lock. */
export async function writeMode(
  client: pg.ClientBase,
  change: { state: 'on' | 'off'; runId: number; by: string; now: Date },
): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `UPDATE fallback_mode SET state = $1, version = version + 1, run_id = $2, changed_by = $3, changed_at = $4
     WHERE state <> $1 RETURNING version`,
    [change.state, change.runId, change.by, change.now],
  );
  return rows[0]!.version;
}
