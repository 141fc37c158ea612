import type pg from 'pg';

/**
 * The path at which Chatwoot last said that it lives, whichever process asked: so that a Chatwoot that has no `/rails/health`
 * is not asked for it in each round. undefined when it never did.
 */
export async function readLivePath(pool: pg.Pool): Promise<string | undefined> {
  const { rows } = await pool.query<{ target: string }>(
    `SELECT target FROM probe_results WHERE probe = 'chatwoot.live' AND outcome = 'ok' ORDER BY at DESC LIMIT 1`,
  );
  const [row] = rows;
  return row && URL.canParse(row.target) ? new URL(row.target).pathname : undefined;
}
