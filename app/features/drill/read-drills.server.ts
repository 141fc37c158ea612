import { storableJson } from '../../lib/storable.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { isAlive } from '../processes/liveness.ts';
import type {
  DrillAct,
  DrillDetail,
  DrillMarks,
  DrillProgress,
  DrillState,
  DrillSummary,
} from './drill-view.ts';
import type { Scenario } from './scenarios.ts';

/** Drills that a page lists and compares with. */
const LISTED = 100;

type Row = NonNullable<Awaited<ReturnType<Services['db']['prisma']['drillRun']['findFirst']>>>;

/** Drills, the newest first. */
export async function listDrills({ db }: Services): Promise<DrillSummary[]> {
  const rows = await db.prisma.drillRun.findMany({
    orderBy: { id: 'desc' },
    take: LISTED,
    omit: { progress: true },
  });
  return rows.map(summaryOf);
}

/** When a drill was last played to its end; null: never. */
export async function lastDrillAt({ db }: Services): Promise<string | null> {
  const last = await db.prisma.drillRun.findFirst({
    where: { state: 'done' },
    orderBy: { endedAt: 'desc' },
    select: { endedAt: true },
  });
  return last?.endedAt?.toISOString() ?? null;
}

/** One drill with everything that is kept of it; null when there is none of that number. */
export async function readDrill({ db }: Services, id: number): Promise<DrillDetail | null> {
  if (!Number.isSafeInteger(id) || id < 1) return null;
  const row = await db.prisma.drillRun.findUnique({
    where: { id },
    include: { acts: { orderBy: { id: 'asc' } } },
  });
  if (!row) return null;
  const progress = row.progress as unknown as DrillProgress | Record<string, never>;
  return {
    ...summaryOf(row),
    progress: 'at' in progress ? (progress as DrillProgress) : null,
    acts: row.acts.map(({ act, at, actor, answer }) => ({
      act: act as DrillAct,
      at: at.toISOString(),
      by: (actor as unknown as Actor).name,
      answer,
    })),
  };
}

function summaryOf(row: Omit<Row, 'progress'>): DrillSummary {
  const iso = (at: Date | null) => at?.toISOString() ?? null;
  return {
    id: Number(row.id),
    scenario: row.scenario as Scenario,
    speed: row.speed,
    notify: row.notify as DrillSummary['notify'],
    repairAfter: row.repairAfter,
    state: row.state as DrillState,
    requestedAt: row.requestedAt.toISOString(),
    requestedBy: row.requestedBy,
    brokenAt: iso(row.brokenAt),
    detectedAt: iso(row.detectedAt),
    acknowledgedAt: iso(row.acknowledgedAt),
    acknowledgedBy: row.acknowledgedBy,
    publishedAt: iso(row.publishedAt),
    publishedBy: row.publishedBy,
    fallbackAt: iso(row.fallbackAt),
    fallbackBy: row.fallbackBy,
    repairedAt: iso(row.repairedAt),
    repairedBy: row.repairedBy,
    recoveredAt: iso(row.recoveredAt),
    endedAt: iso(row.endedAt),
    endedBy: row.endedBy,
    endReason: row.endReason,
  };
}

/** A drill that this process plays. */
export interface ClaimedDrill {
  id: number;
  scenario: Scenario;
  speed: number;
  notify: 'marked' | 'simulated';
  repairAfter: number | null;
}

/** Takes the drill that waits to be begun; null: there is none. */
export async function claimDrill({ db, processId }: Services): Promise<ClaimedDrill | null> {
  const { rows } = await db.pool.query<ClaimedDrill>(
    `UPDATE drill_runs SET state = 'starting', owner = $1 WHERE state = 'requested'
     RETURNING id, scenario, speed, notify, repair_after AS "repairAfter"`,
    [processId],
  );
  return rows[0] ?? null;
}

/** A drill's world lives and dies with the process that plays it: it cannot be gone on with, and that is said. */
export async function endLostDrills({ db, changes }: Services, now: Date): Promise<void> {
  const { rowCount } = await db.pool.query(
    `UPDATE drill_runs d SET state = 'aborted', ended_at = $1, ended_by = 'Outage Center',
       end_reason = 'Aborted by a restart: the process that played it ended.'
     WHERE state IN ('starting', 'running') AND NOT ${isAlive('d.owner')}`,
    [now],
  );
  if (rowCount) changes.announce('page');
}

export interface DrillEnd {
  state: 'done' | 'aborted' | 'failed';
  by: string;
  reason: string;
}

/** @returns whether it was still this process's to end */
export async function endDrill(
  { db, changes, processId }: Services,
  id: number,
  { state, by, reason }: DrillEnd,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    `UPDATE drill_runs SET state = $3, ended_at = $4, ended_by = $5, end_reason = $6
     WHERE id = $1 AND owner = $2 AND ended_at IS NULL`,
    [id, processId, state, now, by, reason],
  );
  changes.announce('page');
  return rowCount === 1;
}

/** What is known of a drill by now. */
export interface DrillRecord extends DrillMarks {
  acknowledgedBy: string | null;
  publishedBy: string | null;
  fallbackBy: string | null;
  repairedBy: string | null;
  progress: DrillProgress;
}

/** Keeps what is known by now; the drill runs from its first mark on. @returns whether it is still this process's */
export async function recordDrill(
  { db, processId }: Services,
  id: number,
  record: DrillRecord,
): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    `UPDATE drill_runs SET state = CASE WHEN $3::timestamptz IS NULL THEN state ELSE 'running' END, broken_at = $3,
       detected_at = $4, acknowledged_at = $5, acknowledged_by = $6, fallback_at = $7, fallback_by = $8,
       repaired_at = $9, repaired_by = $10, recovered_at = $11, progress = $12, published_at = $13, published_by = $14
     WHERE id = $1 AND owner = $2 AND ended_at IS NULL`,
    [
      id,
      processId,
      record.brokenAt,
      record.detectedAt,
      record.acknowledgedAt,
      record.acknowledgedBy,
      record.fallbackAt,
      record.fallbackBy,
      record.repairedAt,
      record.repairedBy,
      record.recoveredAt,
      storableJson(record.progress),
      record.publishedAt,
      record.publishedBy,
    ],
  );
  return rowCount === 1;
}
