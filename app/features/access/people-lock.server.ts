import type pg from 'pg';

/** Any constant of our own will do. */
const PEOPLE_LOCK = 7_204_118_002;

/** Lets one change of who is admin happen at a time: two admins may not take the role from each other at once. */
export async function lockPeople(client: pg.ClientBase): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [PEOPLE_LOCK]);
}
