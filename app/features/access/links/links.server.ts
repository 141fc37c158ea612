import type pg from 'pg';
import type { Role } from '../../audit/actor.ts';
import { newToken, tokenHash } from '../secrets.server.ts';

export type LinkKind = 'setup' | 'recovery' | 'invite' | 'reset';

/** How long a one-time link may be used, in ms. */
const LINK_MS: Record<LinkKind, number> = {
  setup: 24 * 3_600_000,
  recovery: 3_600_000,
  invite: 7 * 24 * 3_600_000,
  reset: 24 * 3_600_000,
};

export interface Link {
  id: number;
  kind: LinkKind;
  email: string | null;
  /** Of the person to be; null for `reset`. */
  role: Role | null;
  /** Whose password is chosen anew; null for the others. */
  personId: string | null;
  personName: string | null;
  expiresAt: Date;
}

export interface NewLink {
  kind: LinkKind;
  email?: string;
  role?: Role;
  personId?: string;
  /** Id of the actor who makes it. */
  createdBy: string;
  now: Date;
}

/** Makes a one-time link. @returns its token, which is nowhere else, and its number */
export async function createLink(
  client: pg.ClientBase | pg.Pool,
  { kind, email, role, personId, createdBy, now }: NewLink,
): Promise<{ token: string; id: number }> {
  const token = newToken();
  const expires = new Date(now.getTime() + LINK_MS[kind]);
  const { rows } = await (client as pg.ClientBase).query<{ id: number }>(
    `INSERT INTO access_links (kind, token_hash, email, role, person_id, created_by, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
    [kind, tokenHash(token), email ?? null, role ?? null, personId ?? null, createdBy, now, expires],
  );
  return { token, id: rows[0]!.id };
}

const ADMINS = `SELECT 1 FROM people a WHERE a.role = 'admin' AND a.deactivated_at IS NULL`;

/**
 * Which links may still be used, of `access_links l LEFT JOIN people p ON p.id = l.person_id`; $1 is now. A set-up link is
 * void as soon as there is an admin: what it would make is one already. What a person made counts as long as they are an
 * active admin; operators and the app itself are not among the people.
 */
export const OPEN_LINK = `l.used_at IS NULL AND l.revoked_at IS NULL AND l.expires_at > $1
  AND (l.kind <> 'setup' OR NOT EXISTS (${ADMINS}))
  AND (l.kind <> 'reset' OR p.deactivated_at IS NULL)
  AND (l.created_by NOT LIKE 'person:%' OR EXISTS (${ADMINS} AND l.created_by = 'person:' || a.id))`;

/** The link of a token if it may still be used; null otherwise, whatever the reason. */
export async function readLink(
  client: pg.ClientBase | pg.Pool,
  token: string,
  kinds: readonly LinkKind[],
  now: Date,
): Promise<Link | null> {
  const { rows } = await (client as pg.ClientBase).query<Record<string, unknown>>(
    `SELECT l.id, l.kind, coalesce(p.email, l.email) AS email, l.role, l.person_id, p.name, l.expires_at
     FROM access_links l LEFT JOIN people p ON p.id = l.person_id
     WHERE l.token_hash = $2 AND l.kind = ANY ($3) AND ${OPEN_LINK}`,
    [now, tokenHash(token), kinds],
  );
  const row = rows[0];
  if (!row) return null;
  return {
    id: row.id as number,
    kind: row.kind as LinkKind,
    email: row.email as string | null,
    role: row.kind === 'setup' || row.kind === 'recovery' ? 'admin' : (row.role as Role | null),
    personId: row.person_id as string | null,
    personName: row.name as string | null,
    expiresAt: row.expires_at as Date,
  };
}

/** Uses a link up, and with it the others for the same. @returns false when somebody else was faster */
export async function useUpLink(client: pg.ClientBase, link: Link, now: Date): Promise<boolean> {
  const { rowCount } = await client.query(
    'UPDATE access_links SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2',
    [link.id, now],
  );
  if (rowCount !== 1) return false;
  await voidOthers(client, link, now);
  return true;
}

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
async function voidOthers(client: pg.ClientBase, link: Link, now: Date): Promise<void> {
  await client.query(
    `UPDATE access_links o SET revoked_at = $2 FROM access_links used
     WHERE used.id = $1 AND o.id <> used.id AND o.used_at IS NULL AND o.revoked_at IS NULL
       AND (o.person_id = used.person_id OR o.email = used.email
         OR (used.kind IN ('setup', 'recovery') AND o.kind IN ('setup', 'recovery')))`,
    [link.id, now],
  );
}
