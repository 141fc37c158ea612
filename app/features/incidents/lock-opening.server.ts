import type pg from 'pg';

/** Key of the advisory lock under which rules are judged and incidents are opened: one at a time in the whole cluster. */
export const OPENING_LOCK = 7_260_001;

/** Waits for whoever may be opening an incident. Call it before any incident is locked. */
export async function lockOpening(client: pg.ClientBase): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [OPENING_LOCK]);
}

/** @returns whether nobody else is at it */
export async function tryLockOpening(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [
    OPENING_LOCK,
  ]);
  return rows[0]!.mine;
}
