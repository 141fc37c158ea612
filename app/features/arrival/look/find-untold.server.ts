import type pg from 'pg';

/**
 * Which of these messages no webhook told of: neither are they in the inbox, nor did one come after they had been fetched.
 * What a comparison fetched was not told of.
 * @returns by number: whether it was fetched
 */
export async function findUntold(
  db: Pick<pg.Pool, 'query'>,
  account: string,
  ids: readonly number[],
): Promise<Map<number, { fetched: boolean }>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<{ id: number; fetched: boolean }>(
    `SELECT id, EXISTS (SELECT FROM reconciled_messages r WHERE (r.account, r.message_id) = ($1, i.id)) AS fetched
     FROM unnest($2::bigint[]) AS i(id)
     WHERE NOT EXISTS (
       SELECT FROM inbox_messages m LEFT JOIN webhook_events e USING (seq)
       WHERE m.account = $1 AND m.message_id = i.id AND e.source IS DISTINCT FROM 'reconciled')
     AND NOT EXISTS (
       SELECT FROM reconciled_messages r WHERE r.account = $1 AND r.message_id = i.id AND r.arrived_at IS NOT NULL)`,
    [account, ids],
  );
  return new Map(rows.map(({ id, fetched }) => [id, { fetched }]));
}
