import type { PoolClient } from 'pg';
import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import { SYSTEM } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import {
  carefulState,
  finishReplay,
  giveBack,
  recordReplayFact,
  releaseItems,
} from './replay-items.server.ts';
import { allowanceAt, decideCareful } from './replay-pace.ts';

interface RunningReplay {
  id: number;
  mode: 'normal' | 'careful';
  rate_per_second: number | null;
  skip_answered: boolean;
  allowance: number;
  ticked_at: Date;
}

/**
 * Releases what each running replay may release now, oldest event first, and finishes those that are through.
 * Everything it goes by is in rows, so any worker may call it, at any time, also after a restart.
 * @returns whether something changed, in which case there may be more to do at once
 * @throws what the first replay failed with that could not go on, when the others have had their turn
 */
export async function tickReplays(services: Services, now: Date): Promise<boolean> {
  const { pool } = services.db;
  const running = await pool.query<{ id: number }>(
    `SELECT id FROM replays WHERE state = 'running' ORDER BY id`,
  );
  let released = 0;
  let changed = false;
  const failures: unknown[] = [];
  for (const { id } of running.rows) {
    try {
      const result = await inTransaction(pool, (client) => tickReplay(client, id, now));
      released += result.released;
      changed ||= result.changed;
    } catch (error) {
      // One that cannot go on holds up no other.
      failures.push(error);
    }
  }
  if (released > 0) services.changes.announce('work');
  if (changed) services.changes.announce('page');
  if (failures.length > 0) throw failures[0];
  return changed;
}

const NOTHING = { released: 0, changed: false };

async function tickReplay(client: PoolClient, id: number, now: Date) {
  const locked = await client.query<RunningReplay>(
    `SELECT id, mode, rate_per_second, skip_answered, allowance, ticked_at
     FROM replays WHERE id = $1 AND state = 'running' FOR UPDATE SKIP LOCKED`,
    [id],
  );
  const replay = locked.rows[0];
  if (!replay) return NOTHING;
  const elapsedMs = now.getTime() - replay.ticked_at.getTime();
  const bucket = allowanceAt(replay.allowance, replay.rate_per_second, elapsedMs);
  let may = bucket.may;
  if (replay.mode === 'careful') {
    const state = await carefulState(client, id);
    const next = decideCareful(state);
    if (next.decision === 'stop' && state.waiting > 0) return stop(client, id, next.reason, now);
    may = next.decision === 'release' ? Math.min(may, next.atMost) : 0;
  }
  const { taken, released, more } = await releaseItems(client, {
    replayId: id,
    atMost: may,
    skipAnswered: replay.skip_answered,
    now,
  });
  const finished = !more && (await finishReplay(client, id, now));
  // Entries that were skipped or taken away cost nothing at the Agent service, so they use up no allowance.
  await client.query('UPDATE replays SET allowance = $2, ticked_at = GREATEST(ticked_at, $3) WHERE id = $1', [
    id,
    Math.max(bucket.allowance - released, 0),
    now,
  ]);
  return { released, changed: taken > 0 || finished };
}

async function stop(client: PoolClient, id: number, reason: string, now: Date) {
  const stopped = await client.query<{ created_by: string }>(
    `UPDATE replays SET state = 'stopped', state_reason = $2, finished_at = $3
     WHERE id = $1 AND state = 'running' RETURNING created_by`,
    [id, reason, now],
  );
  if (!stopped.rows[0]) return NOTHING;
  const count = await giveBack(client, id, now);
  await recordReplayFact(
    client,
    { replayId: id, action: 'stopped', count, actor: stopped.rows[0].created_by, reason },
    now,
  );
  await recordAudit(client, {
    actor: SYSTEM,
    action: 'replays.stop',
    target: `replay ${id}`,
    before: { state: 'running' },
    after: { state: 'stopped', givenBack: count },
    reason,
    at: now,
  });
  return { released: 0, changed: true };
}
