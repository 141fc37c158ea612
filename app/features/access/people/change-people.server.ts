import type pg from 'pg';
import type { Services } from '../../../lib/services.server.ts';
import type { Actor, Role } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { voidLinksOf } from '../links/links.server.ts';
import { adminChange, type AdminRefusal } from './admin-change.server.ts';

export type PersonOutcome =
  | { outcome: 'changed' }
  /** There is none of that id, or it is so already. */
  | { outcome: 'not_changed' }
  | AdminRefusal;

export interface PersonChange {
  personId: string;
  actor: Actor;
  now: Date;
}

/**
 * Gives somebody another role. Open links that they made or that were made for them end with the old one, and with the
 * role of an admin the API tokens, which only admins may have.
 */
export async function changeRole(
  services: Services,
  { personId, role, actor, now }: PersonChange & { role: Role },
): Promise<PersonOutcome> {
  return change(services, actor, async (client) => {
    const { rows } = await client.query<{ name: string; before: Role }>(
      `UPDATE people p SET role = $2, updated_at = $3 FROM (SELECT id, role FROM people WHERE id = $1 FOR UPDATE) old
       WHERE p.id = old.id AND old.role <> $2 RETURNING p.name, old.role AS before`,
      [personId, role, now],
    );
    if (!rows[0]) return { outcome: 'not_changed' };
    const linksRevoked = await voidLinksOf(client, personId, now);
    const tokensRevoked = rows[0].before === 'admin' ? await revokeTokensOf(client, personId, now) : 0;
    await recordAudit(client, {
      actor,
      action: 'people.role',
      target: `${rows[0].name} (person:${personId})`,
      before: { role: rows[0].before },
      after: { role, linksRevoked, tokensRevoked },
      at: now,
    });
    return { outcome: 'changed' };
  });
}

/** Takes from somebody every way in: sign-in, sessions, unfinished sign-ins, API tokens, and open links in both directions. */
export async function deactivatePerson(
  services: Services,
  { personId, actor, now }: PersonChange,
): Promise<PersonOutcome> {
  return change(services, actor, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'UPDATE people SET deactivated_at = $2, updated_at = $2 WHERE id = $1 AND deactivated_at IS NULL RETURNING name',
      [personId, now],
    );
    if (!rows[0]) return { outcome: 'not_changed' };
    const linksRevoked = await voidLinksOf(client, personId, now);
    const tokensRevoked = await revokeTokensOf(client, personId, now);
    const sessionsEnded = await endEveryWayIn(client, personId);
    await recordAudit(client, {
      actor,
      action: 'people.deactivate',
      target: `${rows[0].name} (person:${personId})`,
      after: { sessionsEnded, linksRevoked, tokensRevoked },
      at: now,
    });
    return { outcome: 'changed' };
  });
}

/** Lets somebody sign in again, with the password they had. What was made before is not: a sign-in that was under way meanwhile ends. */
export async function reactivatePerson(
  services: Services,
  { personId, actor, now }: PersonChange,
): Promise<PersonOutcome> {
  return change(services, actor, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'UPDATE people SET deactivated_at = NULL, updated_at = $2 WHERE id = $1 AND deactivated_at IS NOT NULL RETURNING name',
      [personId, now],
    );
    if (!rows[0]) return { outcome: 'not_changed' };
    await voidLinksOf(client, personId, now);
    await revokeTokensOf(client, personId, now);
    await endEveryWayIn(client, personId);
    const target = `${rows[0].name} (person:${personId})`;
    await recordAudit(client, { actor, action: 'people.reactivate', target, at: now });
    return { outcome: 'changed' };
  });
}

/** Ends every session of somebody, for an admin. */
export async function signOutEverywhere(
  services: Services,
  { personId, actor, now }: PersonChange,
): Promise<PersonOutcome> {
  return change(services, actor, async (client) => {
    const sessionsEnded = await endEveryWayIn(client, personId);
    if (sessionsEnded === 0) return { outcome: 'not_changed' };
    await recordAudit(client, {
      actor,
      action: 'session.end_all',
      target: `person:${personId}`,
      after: { sessionsEnded },
      at: now,
    });
    return { outcome: 'changed' };
  });
}

/** Removes somebody's link to single sign-on, and ends their sessions: one may have come by it. */
export async function unlinkPerson(
  services: Services,
  { personId, actor, now }: PersonChange,
): Promise<PersonOutcome> {
  return change(services, actor, async (client) => {
    if ((await unlinkSingleSignOn(client, personId)) === 0) return { outcome: 'not_changed' };
    const sessionsEnded = await endEveryWayIn(client, personId);
    const target = `person:${personId}`;
    await recordAudit(client, { actor, action: 'people.unlink', target, after: { sessionsEnded }, at: now });
    return { outcome: 'changed' };
  });
}

async function revokeTokensOf(client: pg.ClientBase, personId: string, now: Date): Promise<number> {
  const { rowCount } = await client.query(
    'UPDATE api_tokens SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL',
    [personId, now],
  );
  return rowCount ?? 0;
}

async function change(
  { db, changes }: Services,
  actor: Actor,
  work: (client: pg.ClientBase) => Promise<PersonOutcome>,
): Promise<PersonOutcome> {
  const outcome = await adminChange<PersonOutcome>(db.pool, { actor, done: ['changed'] }, work);
  if (outcome.outcome === 'changed') changes.announce('access');
  return outcome;
}

/** Removes the link of somebody to single sign-on. @returns how many there were */
export async function unlinkSingleSignOn(client: pg.ClientBase, personId: string): Promise<number> {
  const { rowCount } = await client.query(
    `DELETE FROM sign_in_methods WHERE person_id = $1 AND provider_id <> 'credential'`,
    [personId],
  );
  return rowCount ?? 0;
}

/** Ends the sessions of somebody, but for one, and every sign-in that waits for its second factor. @returns how many sessions */
export async function endEveryWayIn(
  client: pg.ClientBase,
  personId: string,
  exceptToken: string | null = null,
): Promise<number> {
  // What waits for a second factor has the person's id for its value.
  await client.query('DELETE FROM verifications WHERE value = $1', [personId]);
  const { rowCount } = await client.query(
    'DELETE FROM sessions WHERE person_id = $1 AND token IS DISTINCT FROM $2',
    [personId, exceptToken],
  );
  return rowCount ?? 0;
}
