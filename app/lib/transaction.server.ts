import type pg from 'pg';

/**
 * Runs `work` in one transaction of its own connection.
 * @param work commits when it resolves; rolls back when it throws, or when it resolves to what `undo` accepts
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  undo: (result: T) => boolean = () => false,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query(undo(result) ? 'ROLLBACK' : 'COMMIT');
    client.release();
    return result;
  } catch (error) {
    const failed = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    );
    // A connection that cannot even roll back is broken: the pool must not hand it out again.
    client.release(failed);
    throw error;
  }
}
