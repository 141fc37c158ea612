import type pg from 'pg';
import type { Channel } from './message.ts';

/** Kinds of channels that have something to send. */
export async function readDueKinds(pool: pg.Pool, now: Date): Promise<Channel['kind'][]> {
  const { rows } = await pool.query<{ kind: Channel['kind'] }>({
    name: 'due-notifications',
    text: "SELECT DISTINCT channel->>'kind' AS kind FROM notifications WHERE state = 'queued' AND due_at <= $1",
    values: [now],
  });
  return rows.map(({ kind }) => kind);
}
