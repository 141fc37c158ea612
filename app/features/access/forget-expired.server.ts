import type pg from 'pg';

/** Removes what has no effect any more: expired sessions, unfinished sign-ins, windows of limits. */
export async function forgetExpired(pool: pg.Pool, now: Date): Promise<void> {
  await pool.query('DELETE FROM sessions WHERE expires_at < $1', [now]);
  await pool.query('DELETE FROM verifications WHERE expires_at < $1', [now]);
  await pool.query('DELETE FROM access_limits WHERE window_ends < $1', [now]);
}
