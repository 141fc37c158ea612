import type { Services } from '../../lib/services.server.ts';
import type { Role } from '../audit/actor.ts';

export interface PersonRow {
  id: string;
  name: string;
  email: string;
  role: Role;
  secondFactor: boolean;
  sessions: number;
  lastSeenAt: Date | null;
  deactivatedAt: Date | null;
}

export interface Invitation {
  id: number;
  email: string;
  role: Role;
  expiresAt: Date;
}

/** More people than this are not listed; an outage team is smaller by far. */
const MAX_PEOPLE = 500;

/** Everybody who may or could sign in, and who is invited. */
export async function listPeople(
  { db }: Services,
  now: Date,
): Promise<{ people: PersonRow[]; invitations: Invitation[] }> {
  const [people, invitations] = await Promise.all([
    db.pool.query<PersonRow>(
      `SELECT p.id, p.name, p.email, p.role, p.two_factor_enabled AS "secondFactor", p.deactivated_at AS "deactivatedAt",
         count(s.id) AS sessions, max(s.created_at) AS "lastSeenAt"
       FROM people p LEFT JOIN sessions s ON s.person_id = p.id AND s.expires_at > $1
       GROUP BY p.id ORDER BY p.deactivated_at IS NOT NULL, p.name, p.id LIMIT ${MAX_PEOPLE}`,
      [now],
    ),
    db.pool.query<Invitation>(
      `SELECT id, email, role, expires_at AS "expiresAt" FROM access_links
       WHERE kind = 'invite' AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $1
       ORDER BY id DESC LIMIT ${MAX_PEOPLE}`,
      [now],
    ),
  ]);
  return { people: people.rows, invitations: invitations.rows };
}
