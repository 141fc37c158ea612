import type pg from 'pg';
import { addToRollups, bucketsOf } from '../facts/rollups.server.ts';
import type { IntakeStatus, LateAnswer, RejectionReason } from './intake.ts';

/** Answers that the sender does not take for a success: refusals, and those that came too late for it. */
export interface AnswerCounts {
  reject(reason: RejectionReason, now: Date): void;
  late(kind: LateAnswer, now: Date): void;
  /** Refused since this process started. */
  rejected(): IntakeStatus['rejected'];
  /** Answered too late within the last 10 minutes. */
  lately(now: Date): number;
  /** Whether something has not been written yet. */
  pending(): boolean;
  /** Adds what came since the last flush to `fact_rollups`; on failure it is kept for the next. */
  flush(client: pg.Client): Promise<void>;
}

const UPSERT = addToRollups(`
SELECT r.resolution, r.bucket, i.metric, i.label, sum(i.n)
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[]) AS i(metric, label, at, n),
LATERAL ${bucketsOf('i.at')} r(resolution, bucket)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 2, 4`);

const MINUTE_MS = 60_000;
/** The current and unfinished minute included, as on the page. */
const LATELY_MINUTES = 10;

const minuteOf = (at: Date) => Math.floor(at.getTime() / MINUTE_MS);

interface Entry {
  metric: 'rejected' | 'late_answer';
  label: string;
  at: Date;
  n: number;
}

/** Counted in memory and written together: a flood of them must not cost a write each. */
export function countAnswers(): AnswerCounts {
  const rejected = new Map<RejectionReason, { count: number; lastAt: Date }>();
  const lateByMinute = new Map<number, number>();
  let unwritten = new Map<string, Entry>();

  function note(added: Entry) {
    const key = `${minuteOf(added.at)} ${added.metric} ${added.label}`;
    const entry = unwritten.get(key);
    if (entry) entry.n += added.n;
    else unwritten.set(key, added);
  }

  function forgetBefore(now: Date) {
    for (const minute of lateByMinute.keys())
      if (minute <= minuteOf(now) - LATELY_MINUTES) lateByMinute.delete(minute);
  }

  return {
    reject(reason, now) {
      rejected.set(reason, { count: (rejected.get(reason)?.count ?? 0) + 1, lastAt: now });
      note({ metric: 'rejected', label: reason, at: now, n: 1 });
    },
    late(kind, now) {
      forgetBefore(now);
      lateByMinute.set(minuteOf(now), (lateByMinute.get(minuteOf(now)) ?? 0) + 1);
      note({ metric: 'late_answer', label: kind, at: now, n: 1 });
    },
    rejected: () => [...rejected].map(([reason, entry]) => ({ reason, ...entry })),
    lately(now) {
      forgetBefore(now);
      return [...lateByMinute.values()].reduce((total, n) => total + n, 0);
    },
    pending: () => unwritten.size > 0,
    async flush(client) {
      const batch = [...unwritten.values()];
      unwritten = new Map();
      try {
        await client.query(UPSERT, [
          batch.map(({ metric }) => metric),
          batch.map(({ label }) => label),
          batch.map(({ at }) => at),
          batch.map(({ n }) => n),
        ]);
      } catch (error) {
        for (const entry of batch) note(entry);
        throw error;
      }
    },
  };
}
