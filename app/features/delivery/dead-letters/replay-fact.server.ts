import type { Pool, PoolClient } from 'pg';
import { storableJson } from '../../../lib/storable.ts';

export interface ReplayFact {
  replayId: number;
  action: 'created' | 'paused' | 'resumed' | 'cancelled' | 'stopped' | 'done';
  /** Entries the action is about. */
  count: number;
  actor: string;
  reason: string | null;
}

/** Writes the fact of a replay's change; pass the client of the transaction that makes the change. */
export async function recordReplayFact(db: Pool | PoolClient, fact: ReplayFact, now: Date): Promise<void> {
  const { replayId, action, count, actor, reason } = fact;
  await db.query(
    `INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at)
     VALUES ('support.webhook.replay', 'support', $1, $2, $3)`,
    [storableJson({ replayId, action, count }), storableJson({ actor, reason }), now],
  );
}
