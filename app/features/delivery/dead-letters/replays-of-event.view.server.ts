import type { Services } from '../../../lib/services.server.ts';

export interface ReplayOfEvent {
  replayId: number;
  deadLetter: number;
  createdAt: Date;
  createdBy: string;
  reason: string | null;
  outcome: 'delivered' | 'dead' | 'skipped' | 'cancelled' | 'discarded' | null;
  releasedAt: Date | null;
  finishedAt: Date | null;
}

/**
 * Every replay that an event was part of, oldest first.
 * Looked up replay by replay in the primary key of `replay_items`: replays are few, their items are many.
 */
export async function replaysOfEvent(services: Services, seq: number): Promise<ReplayOfEvent[]> {
  const rows = await services.db.prisma.$queryRaw<
    {
      id: bigint;
      dead_fact_id: bigint;
      created_at: Date;
      created_by: string;
      reason: string | null;
      outcome: ReplayOfEvent['outcome'];
      released_at: Date | null;
      finished_at: Date | null;
    }[]
  >`
    SELECT r.id, i.dead_fact_id, r.created_at, r.created_by, r.reason, i.outcome, i.released_at, i.finished_at
    FROM replays r
    CROSS JOIN LATERAL (SELECT * FROM replay_items i WHERE i.replay_id = r.id AND i.seq = ${seq}::bigint) i
    ORDER BY r.id`;
  return rows.map((row) => ({
    replayId: Number(row.id),
    deadLetter: Number(row.dead_fact_id),
    createdAt: row.created_at,
    createdBy: row.created_by,
    reason: row.reason,
    outcome: row.outcome,
    releasedAt: row.released_at,
    finishedAt: row.finished_at,
  }));
}
