import type pg from 'pg';
import type { Queryable } from '../../lib/database/queryable.server.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { mayTake } from '../processes/liveness.ts';

/** The right to make one tick. */
export interface TickClaim {
  tick: number;
  owner: string;
  /** When it was due; another value afterwards means that somebody asked for one more. */
  dueAt: Date;
}

/**
 * Takes the tick that is due, unless a living process has it. A claim has no expiry of its own: like a lease it holds as
 * long as its owner's row in `processes` is fresh, so a killed process's tick is made again by another.
 */
export async function claimTick(pool: pg.Pool, owner: string, now: Date): Promise<TickClaim | null> {
  const { rows } = await pool.query<{ tick: number; due_at: Date }>({
    name: 'claim-health-tick',
    text: `UPDATE health_clock SET owner = $1, claimed_at = $2
           WHERE due_at <= $2 AND ${mayTake('owner')}
           RETURNING tick, due_at`,
    values: [owner, now],
  });
  const [row] = rows;
  return row ? { tick: row.tick, owner, dueAt: row.due_at } : null;
}

/** Whether the claim still holds; until the transaction ends nobody else can take it. */
export async function holdTick(client: pg.PoolClient, { tick, owner }: TickClaim): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT 1 FROM health_clock WHERE tick = $1 AND owner = $2 FOR UPDATE',
    [tick, owner],
  );
  return rowCount === 1;
}

/** Ends the tick and says when the next is due: at once when somebody asked for one meanwhile. */
export async function endTick(client: pg.PoolClient, claim: TickClaim, nextDueAt: Date): Promise<void> {
  await client.query(
    `UPDATE health_clock SET tick = tick + 1, owner = NULL, claimed_at = NULL,
       due_at = CASE WHEN due_at = $3 THEN $4 ELSE due_at END
     WHERE tick = $1 AND owner = $2`,
    [claim.tick, claim.owner, claim.dueAt, nextDueAt],
  );
}

/** Gives a tick back that was not made: somebody makes it again from `dueAt` on. */
export async function giveTickBack(pool: pg.Pool, claim: TickClaim, dueAt: Date): Promise<void> {
  await pool.query(
    `UPDATE health_clock SET owner = NULL, claimed_at = NULL, due_at = $3 WHERE tick = $1 AND owner = $2`,
    [claim.tick, claim.owner, dueAt],
  );
}

/** Says when the next tick is due, also while one is being made: that one may have looked before whatever changed. */
export async function setNextTick(db: Queryable, dueAt: Date): Promise<void> {
  await db.query('UPDATE health_clock SET due_at = $1', [dueAt]);
}

/** Makes the next health check due now: a worker makes it within a quarter of a second. */
export async function checkNow(
  services: Services,
  { actor, now }: { actor: Actor; now: Date },
): Promise<{ outcome: 'due' }> {
  await inTransaction(services.db.pool, async (client) => {
    await setNextTick(client, now);
    await recordAudit(client, { actor, action: 'health.check', target: 'health check', at: now });
  });
  return { outcome: 'due' };
}
