import type { Services } from '../../../lib/services.server.ts';

interface OwnSession {
  id: string;
  current: boolean;
  startedAt: Date;
  expiresAt: Date;
  address: string | null;
  browser: string | null;
}

export interface TokenRow {
  id: number;
  name: string;
  permissions: string[];
  owner: string;
  createdAt: Date;
  expiresAt: Date;
  expired: boolean;
  lastUsedAt: Date | null;
  lastUsedFrom: string | null;
}

export interface Account {
  name: string;
  email: string;
  role: string;
  secondFactor: boolean;
  hasPassword: boolean;
  /** Since when a single sign-on is linked; null when none is. */
  singleSignOnSince: Date | null;
  sessions: OwnSession[];
}

/** Somebody's own account. @param sessionToken the session that asks, to be marked */
export async function readAccount(
  { db }: Services,
  personId: string,
  sessionToken: string | null,
  now: Date,
): Promise<Account> {
  const [person, sessions] = await Promise.all([
    db.pool.query<Omit<Account, 'sessions'>>(
      `SELECT name, email, role, two_factor_enabled AS "secondFactor", EXISTS (
         SELECT 1 FROM sign_in_methods WHERE person_id = p.id AND provider_id = 'credential') AS "hasPassword",
         (SELECT min(created_at) FROM sign_in_methods
          WHERE person_id = p.id AND provider_id <> 'credential') AS "singleSignOnSince"
       FROM people p WHERE id = $1`,
      [personId],
    ),
    db.pool.query<OwnSession>(
      `SELECT id, token = $2 AS current, created_at AS "startedAt", expires_at AS "expiresAt", ip_address AS address,
         user_agent AS browser
       FROM sessions WHERE person_id = $1 AND expires_at > $3 ORDER BY created_at DESC, id LIMIT 100`,
      [personId, sessionToken, now],
    ),
  ]);
  return { ...person.rows[0]!, sessions: sessions.rows };
}

/** Every API token that works, or has stopped to within 30 days, of everybody. */
export async function listTokens({ db }: Services, now: Date): Promise<TokenRow[]> {
  const { rows } = await db.pool.query<TokenRow>(
    `SELECT t.id, t.name, t.permissions, p.name AS owner, t.created_at AS "createdAt", t.expires_at AS "expiresAt",
       t.expires_at <= $1 AS expired, t.last_used_at AS "lastUsedAt",
       t.last_used_from AS "lastUsedFrom"
     FROM api_tokens t JOIN people p ON p.id = t.person_id
     WHERE t.revoked_at IS NULL AND p.deactivated_at IS NULL AND t.expires_at > $1::timestamptz - interval '30 days'
     ORDER BY t.id DESC LIMIT 500`,
    [now],
  );
  return rows;
}
