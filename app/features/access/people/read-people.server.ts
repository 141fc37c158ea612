import type { Services } from '../../../lib/services.server.ts';
import type { Role } from '../../audit/actor.ts';
import { OPEN_LINK, type LinkKind } from '../links/links.server.ts';

export interface PersonRow {
  id: string;
  name: string;
  email: string;
  role: Role;
  secondFactor: boolean;
  /** A single sign-on is linked. */
  singleSignOn: boolean;
  sessions: number;
  lastSeenAt: Date | null;
  deactivatedAt: Date | null;
}

/** A one-time link that may still be used. */
export interface OpenLink {
  id: number;
  kind: LinkKind;
  /** Whom it is for: an e-mail address, or somebody who is among the people; null when it names nobody. */
  email: string | null;
  name: string | null;
  /** Of the person to be; null for a reset. */
  role: Role | null;
  /** Who made it: a person's name, else the actor's id, e.g. `cli:maria`. */
  maker: string;
  expiresAt: Date;
}

/** More people than this are not listed; an outage team is smaller by far. */
const MAX_PEOPLE = 500;

/** Everybody who may or could sign in, and every link with which somebody can get in. */
export async function listPeople(
  { db }: Services,
  now: Date,
): Promise<{ people: PersonRow[]; links: OpenLink[] }> {
  const [people, links] = await Promise.all([
    db.pool.query<PersonRow>(
      `SELECT p.id, p.name, p.email, p.role, p.two_factor_enabled AS "secondFactor", EXISTS (
           SELECT 1 FROM sign_in_methods WHERE person_id = p.id AND provider_id <> 'credential') AS "singleSignOn", p.deactivated_at AS "deactivatedAt",
         count(s.id) AS sessions, max(s.created_at) AS "lastSeenAt"
       FROM people p LEFT JOIN sessions s ON s.person_id = p.id AND s.expires_at > $1
       GROUP BY p.id ORDER BY p.deactivated_at IS NOT NULL, p.name, p.id LIMIT ${MAX_PEOPLE}`,
      [now],
    ),
    db.pool.query<OpenLink>(
      `SELECT l.id, l.kind, coalesce(p.email, l.email) AS email, p.name, l.role, l.expires_at AS "expiresAt",
         coalesce(maker.name, l.created_by) AS maker
       FROM access_links l LEFT JOIN people p ON p.id = l.person_id
         LEFT JOIN people maker ON 'person:' || maker.id = l.created_by
       WHERE ${OPEN_LINK} ORDER BY l.id DESC LIMIT ${MAX_PEOPLE}`,
      [now],
    ),
  ]);
  return { people: people.rows, links: links.rows };
}
