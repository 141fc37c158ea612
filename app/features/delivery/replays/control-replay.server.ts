import type { PoolClient } from 'pg';
import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { stillRejects } from '../fresh-refusals.ts';
import { readFreshRefusals } from './plan-replay.server.ts';
import { giveBack, recordReplayFact } from './replay-items.server.ts';

export type ControlOutcome =
  | { outcome: 'paused' | 'resumed'; replayId: number }
  | { outcome: 'cancelled'; replayId: number; givenBack: number }
  | { outcome: 'wrong_state'; state: string }
  /** Not resumed: the Agent service rejects what it is sent; `refused` within 10 minutes. */
  | { outcome: 'still_rejects'; refused: number }
  | { outcome: 'not_found' };

interface ControlRequest {
  replayId: number;
  actor: Actor;
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
      : {
          action: 'paused',
          from: 'running',
          count,
          answer: { outcome: 'paused', replayId: request.replayId },
        };
  });

/**
 * Goes on where it was paused, without making up for the time of the pause. One that is not careful is not resumed into
 * refusals: all it has left would become dead letters again.
 */
export const resumeReplay = (services: Services, request: ControlRequest) =>
  control(services, request, async (client) => {
    const refused = await wouldBeRefused(client, request);
    if (refused > 0) return { refused };
    const resumed = await client.query<{ total: number }>(
      `UPDATE replays SET state = 'running', ticked_at = $2 WHERE id = $1 AND state = 'paused' RETURNING total`,
      [request.replayId, request.now],
    );
    const count = resumed.rows[0]?.total;
    return count === undefined
      ? null
      : {
          action: 'resumed',
          from: 'paused',
          count,
          answer: { outcome: 'resumed', replayId: request.replayId },
        };
  });

/** Ends a replay: what was not released is given back to the dead letters; what was released goes on. */
export const cancelReplay = (services: Services, request: ControlRequest) =>
  control(services, request, async (client) => {
    const cancelled = await client.query<{ was: string }>(
      `UPDATE replays r SET state = 'cancelled', finished_at = $2
       FROM (SELECT id, state FROM replays WHERE id = $1 AND state IN ('running', 'paused') FOR UPDATE) was
       WHERE r.id = was.id RETURNING was.state AS was`,
      [request.replayId, request.now],
    );
    if (!cancelled.rows[0]) return null;
    const givenBack = await giveBack(client, request.replayId, request.now);
    return {
      action: 'cancelled',
      from: cancelled.rows[0].was,
      count: givenBack,
      answer: { outcome: 'cancelled', replayId: request.replayId, givenBack },
    };
  });

/** What the Agent service refuses lately, when this replay would meet it with several at once; 0: nothing is in its way. */
async function wouldBeRefused(client: PoolClient, { replayId, now }: ControlRequest): Promise<number> {
  const { rows } = await client.query<{ several: boolean }>(
    `SELECT (SELECT count(*) FROM replay_items WHERE replay_id = $1 AND released_at IS NULL AND outcome IS NULL) > 1 AS several
     FROM replays WHERE id = $1 AND state = 'paused' AND mode = 'normal' FOR UPDATE`,
    [replayId],
  );
  if (!rows[0]?.several) return 0;
  const refusals = await readFreshRefusals(client, now);
  return stillRejects(refusals) ? refusals.refused : 0;
}

interface Change {
  action: 'paused' | 'resumed' | 'cancelled';
  /** State that the change left. */
  from: string;
  count: number;
  answer: ControlOutcome;
}

const AUDITED = { paused: 'replays.pause', resumed: 'replays.resume', cancelled: 'replays.cancel' } as const;
const LEFT_IN = { paused: 'paused', resumed: 'running', cancelled: 'cancelled' };

async function control(
  services: Services,
  request: ControlRequest,
  change: (client: PoolClient) => Promise<Change | { refused: number } | null>,
): Promise<ControlOutcome> {
  const { replayId } = request;
  const outcome = await inTransaction(services.db.pool, async (client): Promise<ControlOutcome> => {
    const changed = await change(client);
    if (changed && 'refused' in changed) return { outcome: 'still_rejects', refused: changed.refused };
    if (changed) {
      await putOnRecord(client, request, changed);
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

async function putOnRecord(
  client: PoolClient,
  { replayId, actor, now, ...request }: ControlRequest,
  { action, from, count }: Change,
): Promise<void> {
  const reason = request.reason?.trim() || null;
  await recordReplayFact(client, { replayId, action, count, actor: actor.name, reason }, now);
  await recordAudit(client, {
    actor,
    action: AUDITED[action],
    target: `replay ${replayId}`,
    before: { state: from },
    after: { state: LEFT_IN[action], ...(action === 'cancelled' ? { givenBack: count } : {}) },
    reason,
    at: now,
  });
}
