import type pg from 'pg';
import type { IntakeStatus } from './intake.ts';
import type { RejectionReason } from './rejection.ts';

export interface RejectionCounts {
  add(reason: RejectionReason, now: Date): void;
  recent(): IntakeStatus['rejected'];
  /** Whether something has not been written yet. */
  pending(): boolean;
  /** Adds what came since the last flush to `fact_rollups`; on failure it is kept for the next. */
  flush(client: pg.Client): Promise<void>;
}

const UPSERT = `
INSERT INTO fact_rollups (resolution, bucket, metric, label, n)
SELECT r.resolution, r.bucket, 'rejected', i.reason, sum(i.n)
FROM unnest($1::text[], $2::timestamptz[], $3::bigint[]) AS i(reason, at, n),
LATERAL (VALUES
  ('minute', date_bin('1 minute', i.at, 'epoch')),
  ('ten_minutes', date_bin('10 minutes', i.at, 'epoch')),
  ('hour', date_bin('1 hour', i.at, 'epoch')),
  ('total', 'epoch'::timestamptz)
) r(resolution, bucket)
GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
ON CONFLICT (resolution, metric, bucket, label) DO UPDATE SET n = fact_rollups.n + excluded.n`;

const MINUTE_MS = 60_000;

/** Rejections are counted in memory and written together: a flood of them must not cost a write each. */
export function countRejections(): RejectionCounts {
  const recent = new Map<RejectionReason, { count: number; lastAt: Date }>();
  let unwritten = new Map<string, { reason: RejectionReason; at: Date; n: number }>();

  function note(reason: RejectionReason, at: Date, n: number) {
    const key = `${Math.floor(at.getTime() / MINUTE_MS)} ${reason}`;
    const entry = unwritten.get(key);
    if (entry) entry.n += n;
    else unwritten.set(key, { reason, at, n });
  }

  return {
    add(reason, now) {
      recent.set(reason, { count: (recent.get(reason)?.count ?? 0) + 1, lastAt: now });
      note(reason, now, 1);
    },
    recent: () => [...recent].map(([reason, entry]) => ({ reason, ...entry })),
    pending: () => unwritten.size > 0,
    async flush(client) {
      const batch = [...unwritten.values()];
      unwritten = new Map();
      try {
        await client.query(UPSERT, [
          batch.map((entry) => entry.reason),
          batch.map((entry) => entry.at),
          batch.map((entry) => entry.n),
        ]);
      } catch (error) {
        for (const { reason, at, n } of batch) note(reason, at, n);
        throw error;
      }
    },
  };
}
