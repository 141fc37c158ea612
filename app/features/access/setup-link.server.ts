import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { SYSTEM } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { createLink } from './links.server.ts';

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
