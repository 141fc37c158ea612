import type { Queryable } from '../../../lib/reading.ts';
import type { BacklogCheck } from '../waiting-view.ts';
import type { CheckStep } from './check-row.server.ts';

/** Without progress for so long, what is known is all that there is to judge by. */
const STALLED_MS = 2 * 60_000;

interface Row {
  is_first: boolean;
  step: CheckStep;
  counted: number;
  total: number | null;
  progressed_at: Date;
  problem: string | null;
  skipped: number;
  finished_at: Date | null;
}

/** Where the check of what waits stands: the one that runs, and the last that was done. */
export async function readCheck(db: Queryable, now: Date): Promise<BacklogCheck> {
  const { rows } = await db.query<Row>(
    `(SELECT is_first, step, counted, open_total + COALESCE(pending_total, 0) AS total, progressed_at, problem, skipped, finished_at
      FROM backlog_checks WHERE finished_at IS NULL)
     UNION ALL
     (SELECT is_first, step, counted, NULL, progressed_at, problem, skipped, finished_at
      FROM backlog_checks WHERE finished_at IS NOT NULL ORDER BY id DESC LIMIT 1)`,
  );
  const runs = rows.find(({ finished_at: at }) => at === null);
  const done = rows.find(({ finished_at: at }) => at !== null);
  const counts = runs?.is_first && runs.progressed_at.getTime() > now.getTime() - STALLED_MS ? runs : null;
  return {
    counting: counts && {
      counted: counts.counted,
      total: counts.total,
      step: counts.step === 'messages' ? 'messages' : 'lists',
    },
    checkedAt: done?.finished_at?.toISOString() ?? null,
    problem: runs?.problem ?? null,
    skipped: done?.skipped ?? 0,
  };
}
