import { recordAudit } from '../audit/record-audit.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Asker } from './asker.ts';
import { newToken, tokenHash } from './one-time-token.server.ts';
import type { Permission } from './permissions.ts';

/** So that a token is recognised where it should not be: in a log, a chat, a repository. */
const PREFIX = 'oc_';

/** Makes an API token. @returns the token: it is shown once, the database has only its hash */
export async function createToken(
  { db }: Services,
  { name, permissions, owner, now }: { name: string; permissions: Permission[]; owner: Asker; now: Date },
): Promise<{ token: string; id: number }> {
  const token = PREFIX + newToken();
  return inTransaction(db.pool, async (client) => {
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO api_tokens (name, token_hash, permissions, person_id, created_at) VALUES ($1, $2, $3, $4, $5)
       RETURNING id`,
      [name, tokenHash(token), permissions, owner.personId, now],
    );
    const { id } = rows[0]!;
    const after = { name, permissions };
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
