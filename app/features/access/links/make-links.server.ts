import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { type Actor, type Role, SYSTEM } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { adminChange, type AdminRefusal } from '../people/admin-change.server.ts';
import { createLink } from './links.server.ts';

export type InviteOutcome = { outcome: 'invited'; token: string } | { outcome: 'email_taken' } | AdminRefusal;

/** Makes an invitation; an older open one for the same address is withdrawn. */
export async function invitePerson(
  { db }: Services,
  { email, role, actor, now }: { email: string; role: Role; actor: Actor; now: Date },
): Promise<InviteOutcome> {
  return adminChange<InviteOutcome>(db.pool, { actor, done: ['invited'] }, async (client) => {
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

export type ResetLinkOutcome = { outcome: 'made'; token: string } | { outcome: 'not_changed' } | AdminRefusal;

/**
 * A link with which somebody who cannot sign in any more chooses a new password; it also turns the second factor off. An
 * older open one for the same person is withdrawn.
 */
export async function createResetLink(
  { db }: Services,
  { personId, actor, now }: { personId: string; actor: Actor; now: Date },
): Promise<ResetLinkOutcome> {
  return adminChange<ResetLinkOutcome>(db.pool, { actor, done: ['made'] }, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'SELECT name FROM people WHERE id = $1 AND deactivated_at IS NULL',
      [personId],
    );
    if (!rows[0]) return { outcome: 'not_changed' };
    await client.query(
      `UPDATE access_links SET revoked_at = $2
       WHERE kind = 'reset' AND person_id = $1 AND used_at IS NULL AND revoked_at IS NULL`,
      [personId, now],
    );
    const { token, id } = await createLink(client, { kind: 'reset', personId, createdBy: actor.id, now });
    const target = `${rows[0].name} (person:${personId}), reset link ${id}`;
    await recordAudit(client, { actor, action: 'people.reset_link', target, at: now });
    return { outcome: 'made', token };
  });
}

export type WithdrawOutcome = { outcome: 'changed' } | { outcome: 'not_changed' } | AdminRefusal;

/** How the audit log calls a link. */
const NAMES: Record<string, string> = { invite: 'invitation', reset: 'reset link' };

/** Withdraws a link that has not been used, whoever made it. */
export async function withdrawLink(
  { db }: Services,
  { id, actor, now }: { id: number; actor: Actor; now: Date },
): Promise<WithdrawOutcome> {
  return adminChange<WithdrawOutcome>(db.pool, { actor, done: ['changed'] }, async (client) => {
    const { rows } = await client.query<{ kind: string }>(
      `UPDATE access_links SET revoked_at = $2 WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL
       RETURNING kind`,
      [id, now],
    );
    const [link] = rows;
    if (!link) return { outcome: 'not_changed' };
    const target = `${NAMES[link.kind] ?? `${link.kind} link`} ${id}`;
    await recordAudit(client, { actor, action: 'people.withdraw', target, at: now });
    return { outcome: 'changed' };
  });
}

/** Whether nobody can administer the app yet. */
export async function needsFirstAdmin({ db }: Services): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    `SELECT 1 FROM people WHERE role = 'admin' AND deactivated_at IS NULL LIMIT 1`,
  );
  return rowCount === 0;
}

/** The path of a new set-up link for the first admin; null when there is an admin already. */
export async function firstSetupPath(services: Services, now: Date): Promise<string | null> {
  if (!(await needsFirstAdmin(services))) return null;
  const { token } = await createLink(services.db.pool, { kind: 'setup', createdBy: SYSTEM.id, now });
  return `/setup/${token}`;
}

/** The path of a new link that makes an admin, whoever there is: for somebody at the app's own machine. */
export async function operatorsSetupPath(services: Services, actor: Actor, now: Date): Promise<string> {
  return inTransaction(services.db.pool, async (client) => {
    const { token, id } = await createLink(client, { kind: 'recovery', createdBy: actor.id, now });
    await recordAudit(client, { actor, action: 'people.setup_link', target: `recovery link ${id}`, at: now });
    return `/setup/${token}`;
  });
}
