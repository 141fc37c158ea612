import type { Pool, PoolClient } from 'pg';
import { recordFact } from '../../facts/record-fact.server.ts';

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
  await recordFact(db, {
    type: 'support.webhook.replay',
    value: { replayId, action, count },
    metadata: { actor, reason },
    now,
  });
}
