import type { PoolClient } from 'pg';
import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/transaction.server.ts';
import { giveBack } from './give-back.server.ts';
import { recordReplayFact } from './replay-fact.server.ts';

export type ReplayControl = 'pause' | 'resume' | 'cancel';

export type ControlOutcome =
  | { outcome: 'paused' | 'resumed'; replayId: number }
  | { outcome: 'cancelled'; replayId: number; givenBack: number }
  | { outcome: 'wrong_state'; state: string }
  | { outcome: 'not_found' };

interface ControlRequest {
  replayId: number;
  actor: string;
  reason?: string;
  now: Date;
}

/** Releases nothing more until it is resumed; what was released goes on. */
export const pauseReplay = (services: Services, request: ControlRequest) =>
  control(services, request, async (client) => {
    const paused = await client.query<{ total: number }>(
      `UPDATE replays SET state = 'paused' WHERE id = $1 AND state = 'running' RETURNING total`,
      [request.replayId],
    );
    const count = paused.rows[0]?.total;
    return count === undefined
      ? null
      : { action: 'paused', count, answer: { outcome: 'paused', replayId: request.replayId } };
  });

/** Goes on where it was paused, without making up for the time of the pause. */
export const resumeReplay = (services: Services, request: ControlRequest) =>
  control(services, request, async (client) => {
    const resumed = await client.query<{ total: number }>(
      `UPDATE replays SET state = 'running', ticked_at = $2 WHERE id = $1 AND state = 'paused' RETURNING total`,
      [request.replayId, request.now],
    );
    const count = resumed.rows[0]?.total;
    return count === undefined
      ? null
      : { action: 'resumed', count, answer: { outcome: 'resumed', replayId: request.replayId } };
  });

/** Ends a replay: what was not released is given back to the dead letters; what was released goes on. */
export const cancelReplay = (services: Services, request: ControlRequest) =>
  control(services, request, async (client) => {
    const cancelled = await client.query(
      `UPDATE replays SET state = 'cancelled', finished_at = $2 WHERE id = $1 AND state IN ('running', 'paused')`,
      [request.replayId, request.now],
    );
    if (cancelled.rowCount === 0) return null;
    const givenBack = await giveBack(client, request.replayId, request.now);
    return {
      action: 'cancelled',
      count: givenBack,
      answer: { outcome: 'cancelled', replayId: request.replayId, givenBack },
    };
  });

type Change = { action: 'paused' | 'resumed' | 'cancelled'; count: number; answer: ControlOutcome };

async function control(
  services: Services,
  { replayId, actor, reason, now }: ControlRequest,
  change: (client: PoolClient) => Promise<Change | null>,
): Promise<ControlOutcome> {
  const outcome = await inTransaction(services.db.pool, async (client): Promise<ControlOutcome> => {
    const changed = await change(client);
    if (changed) {
      const { action, count } = changed;
      await recordReplayFact(client, { replayId, action, count, actor, reason: reason?.trim() || null }, now);
      return changed.answer;
    }
    const found = await client.query<{ state: string }>('SELECT state FROM replays WHERE id = $1', [
      replayId,
    ]);
    return found.rows[0] ? { outcome: 'wrong_state', state: found.rows[0].state } : { outcome: 'not_found' };
  });
  services.changes.announce('work');
  services.changes.announce('page');
  return outcome;
}
