import type pg from 'pg';
import type { Link } from './links.server.ts';

/**
 * Withdraws every unused link that somebody made or that was made for them: whoever loses their role or their access keeps
 * no key that they put aside before.
 * @returns how many
 */
export async function voidLinksOf(client: pg.ClientBase, personId: string, now: Date): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE access_links SET revoked_at = $2
     WHERE used_at IS NULL AND revoked_at IS NULL
       AND (created_by = 'person:' || $1 OR person_id = $1 OR email = (SELECT email FROM people WHERE id = $1))`,
    [personId, now],
  );
  return rowCount ?? 0;
}

/** Withdraws what was made for somebody: they have just chosen a password themselves. @returns how many */
export async function voidLinksFor(client: pg.ClientBase, personId: string, now: Date): Promise<number> {
  const { rowCount } = await client.query(
    'UPDATE access_links SET revoked_at = $2 WHERE used_at IS NULL AND revoked_at IS NULL AND person_id = $1',
    [personId, now],
  );
  return rowCount ?? 0;
}

/**
 * Withdraws the other links that were for the same as one that was just used: a person's other resets, an address's other
 * invitations, and with a link that makes an admin without naming one, all of that sort.
 */
export async function voidOthers(client: pg.ClientBase, link: Link, now: Date): Promise<void> {
  await client.query(
    `UPDATE access_links o SET revoked_at = $2 FROM access_links used
     WHERE used.id = $1 AND o.id <> used.id AND o.used_at IS NULL AND o.revoked_at IS NULL
       AND (o.person_id = used.person_id OR o.email = used.email
         OR (used.kind IN ('setup', 'recovery') AND o.kind IN ('setup', 'recovery')))`,
    [link.id, now],
  );
}
