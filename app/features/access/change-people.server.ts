import type pg from 'pg';
import type { Actor, Role } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { createLink } from './links.server.ts';
import { lockPeople } from './people-lock.server.ts';

export type InviteOutcome = { outcome: 'invited'; token: string } | { outcome: 'email_taken' };

/** Makes an invitation; an older open one for the same address is withdrawn. */
export async function invitePerson(
  { db }: Services,
  { email, role, actor, now }: { email: string; role: Role; actor: Actor; now: Date },
): Promise<InviteOutcome> {
  return inTransaction(db.pool, async (client) => {
    const taken = await client.query('SELECT 1 FROM people WHERE email = $1', [email]);
    if (taken.rowCount) return { outcome: 'email_taken' };
    await client.query(
      `UPDATE access_links SET revoked_at = $2
       WHERE kind = 'invite' AND email = $1 AND used_at IS NULL AND revoked_at IS NULL`,
      [email, now],
    );
    const { token, id } = await createLink(client, { kind: 'invite', email, role, createdBy: actor.id, now });
    await recordAudit(client, {
      actor,
      action: 'people.invite',
      target: `invitation ${id}`,
      after: { email, role },
      at: now,
    });
    return { outcome: 'invited', token };
  });
}

export type ChangeOutcome =
  | { outcome: 'changed' }
  /** There is none of that id, or it is so already. */
  | { outcome: 'not_changed' }
  /** The app must keep an admin who can sign in. */
  | { outcome: 'last_admin' };

interface PersonChange {
  personId: string;
  actor: Actor;
  now: Date;
}

/** Withdraws an invitation that has not been used. */
export async function withdrawInvitation(
  { db }: Services,
  { id, actor, now }: { id: number; actor: Actor; now: Date },
): Promise<ChangeOutcome> {
  return change(db.pool, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE access_links SET revoked_at = $2
       WHERE id = $1 AND kind = 'invite' AND used_at IS NULL AND revoked_at IS NULL`,
      [id, now],
    );
    if (rowCount === 0) return { outcome: 'not_changed' };
    await recordAudit(client, { actor, action: 'people.withdraw', target: `invitation ${id}`, at: now });
    return { outcome: 'changed' };
  });
}

export async function changeRole(
  { db }: Services,
  { personId, role, actor, now }: PersonChange & { role: Role },
): Promise<ChangeOutcome> {
  return change(db.pool, async (client) => {
    const { rows } = await client.query<{ name: string; before: Role }>(
      `UPDATE people p SET role = $2, updated_at = $3 FROM (SELECT id, role FROM people WHERE id = $1 FOR UPDATE) old
       WHERE p.id = old.id AND old.role <> $2 RETURNING p.name, old.role AS before`,
      [personId, role, now],
    );
    if (!rows[0]) return { outcome: 'not_changed' };
    await recordAudit(client, {
      actor,
      action: 'people.role',
      target: `${rows[0].name} (person:${personId})`,
      before: { role: rows[0].before },
      after: { role },
      at: now,
    });
    return { outcome: 'changed' };
  });
}

/** Takes from somebody every way in: sign-in, sessions, tokens (they count through their owner), open links. */
export async function deactivatePerson(
  { db }: Services,
  { personId, actor, now }: PersonChange,
): Promise<ChangeOutcome> {
  return change(db.pool, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'UPDATE people SET deactivated_at = $2, updated_at = $2 WHERE id = $1 AND deactivated_at IS NULL RETURNING name',
      [personId, now],
    );
    if (!rows[0]) return { outcome: 'not_changed' };
    const { rowCount } = await client.query('DELETE FROM sessions WHERE person_id = $1', [personId]);
    await recordAudit(client, {
      actor,
      action: 'people.deactivate',
      target: `${rows[0].name} (person:${personId})`,
      after: { sessionsEnded: rowCount },
      at: now,
    });
    return { outcome: 'changed' };
  });
}

export async function reactivatePerson(
  { db }: Services,
  { personId, actor, now }: PersonChange,
): Promise<ChangeOutcome> {
  return change(db.pool, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'UPDATE people SET deactivated_at = NULL, updated_at = $2 WHERE id = $1 AND deactivated_at IS NOT NULL RETURNING name',
      [personId, now],
    );
    if (!rows[0]) return { outcome: 'not_changed' };
    const target = `${rows[0].name} (person:${personId})`;
    await recordAudit(client, { actor, action: 'people.reactivate', target, at: now });
    return { outcome: 'changed' };
  });
}

/** Ends every session of somebody. */
export async function signOutEverywhere(
  { db }: Services,
  { personId, actor, now }: PersonChange,
): Promise<ChangeOutcome> {
  return change(db.pool, async (client) => {
    const { rowCount } = await client.query('DELETE FROM sessions WHERE person_id = $1', [personId]);
    if (rowCount === 0) return { outcome: 'not_changed' };
    await recordAudit(client, {
      actor,
      action: 'session.end_all',
      target: `person:${personId}`,
      after: { sessionsEnded: rowCount },
      at: now,
    });
    return { outcome: 'changed' };
  });
}

/** A link with which somebody who cannot sign in any more chooses a new password; it also turns the second factor off. */
export async function createResetLink(
  { db }: Services,
  { personId, actor, now }: PersonChange,
): Promise<{ outcome: 'made'; token: string } | { outcome: 'not_changed' }> {
  return inTransaction(db.pool, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'SELECT name FROM people WHERE id = $1 AND deactivated_at IS NULL',
      [personId],
    );
    if (!rows[0]) return { outcome: 'not_changed' };
    const { token, id } = await createLink(client, { kind: 'reset', personId, createdBy: actor.id, now });
    const target = `${rows[0].name} (person:${personId}), reset link ${id}`;
    await recordAudit(client, { actor, action: 'people.reset_link', target, at: now });
    return { outcome: 'made', token };
  });
}

/** One change at a time, undone when it would leave the app without an admin. */
async function change(
  pool: pg.Pool,
  work: (client: pg.ClientBase) => Promise<ChangeOutcome>,
): Promise<ChangeOutcome> {
  return inTransaction(
    pool,
    async (client): Promise<ChangeOutcome> => {
      await lockPeople(client);
      const outcome = await work(client);
      const { rowCount } = await client.query(
        `SELECT 1 FROM people WHERE role = 'admin' AND deactivated_at IS NULL LIMIT 1`,
      );
      return rowCount === 0 ? { outcome: 'last_admin' } : outcome;
    },
    ({ outcome }) => outcome !== 'changed',
  );
}
