import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import type { DrillAct, DrillDetail, DrillProgress, DrillState, DrillSummary } from './drill-view.ts';
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
