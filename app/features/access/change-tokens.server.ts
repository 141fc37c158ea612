import { recordAudit } from '../audit/record-audit.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Asker } from './asker.ts';
import { newToken, tokenHash } from './one-time-token.server.ts';
import type { Permission } from './permissions.ts';

/** So that a token is recognised where it should not be: in a log, a chat, a repository. */
const PREFIX = 'oc_';

/** How long a token may be wanted to live, days; nothing that is out of sight lives for ever. */
export const TOKEN_DAYS = [7, 30, 90, 365] as const;
export const DEFAULT_TOKEN_DAYS = 90;
const DAY_MS = 24 * 3_600_000;

/** Makes an API token. @returns the token: it is shown once, the database has only its hash */
export async function createToken(
  { db }: Services,
  {
    name,
    permissions,
    owner,
    days = DEFAULT_TOKEN_DAYS,
    now,
  }: { name: string; permissions: Permission[]; owner: Asker; days?: number; now: Date },
): Promise<{ token: string; id: number }> {
  const token = PREFIX + newToken();
  const expiresAt = new Date(now.getTime() + days * DAY_MS);
  return inTransaction(db.pool, async (client) => {
    // The owner's row is held: who is deactivated meanwhile has no token that nobody revoked.
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO api_tokens (name, token_hash, permissions, person_id, created_at, expires_at)
       SELECT $1, $2, $3, id, $5, $6 FROM people WHERE id = $4 AND deactivated_at IS NULL FOR SHARE RETURNING id`,
      [name, tokenHash(token), permissions, owner.personId, now, expiresAt],
    );
    if (!rows[0]) throw new Error('The owner of the token was deactivated meanwhile.');
    const { id } = rows[0];
    const after = { name, permissions, expiresAt };
    await recordAudit(client, {
      actor: owner,
      action: 'token.create',
      target: `token:${id}`,
      after,
      at: now,
    });
    return { token, id };
  });
}

export type RevokeOutcome = { outcome: 'changed' | 'not_changed' };

/** Revokes a token, anyone's. */
export async function revokeToken(
  { db, changes }: Services,
  { id, actor, now }: { id: number; actor: Asker; now: Date },
): Promise<RevokeOutcome> {
  const outcome = await inTransaction<RevokeOutcome>(db.pool, async (client) => {
    const { rowCount } = await client.query(
      'UPDATE api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL',
      [id, now],
    );
    if (rowCount === 0) return { outcome: 'not_changed' };
    await recordAudit(client, { actor, action: 'token.revoke', target: `token:${id}`, at: now });
    return { outcome: 'changed' };
  });
  changes.announce('access');
  return outcome;
}
