import type pg from 'pg';
import type { Role } from '../audit/actor.ts';
import type { Asker } from './asker.ts';
import { addressGroup } from './address-group.ts';
import { countTry, spentFor, UNKNOWN_TOKEN } from './count-try.server.ts';
import { tokenHash } from './one-time-token.server.ts';
import { permissionsOfToken } from './permissions.ts';

/** The use of a token is noted at most this often, in s. */
const NOTE_EVERY_SECONDS = 60;

export type TokenOutcome =
  | { outcome: 'token'; asker: Asker }
  | { outcome: 'unknown_token' }
  | { outcome: 'too_many_tries'; retryAfterSeconds: number };

/**
 * Whose API token this is. It counts no more than its owner: with a deactivated owner it is worth nothing, and a right
 * that the owner's role has lost is gone from it too. After too many unknown ones an address has to wait, whatever it sends.
 */
export async function readApiToken(
  pool: pg.Pool,
  token: string,
  address: string | null,
  now: Date,
): Promise<TokenOutcome> {
  const caller = addressGroup(address);
  const wait = await spentFor(pool, UNKNOWN_TOKEN, caller, now);
  if (wait !== null) return { outcome: 'too_many_tries', retryAfterSeconds: wait };
  const { rows } = await pool.query<{
    id: number;
    name: string;
    permissions: string[];
    role: Role;
    owner: string;
    stale: boolean;
  }>(
    `SELECT t.id, t.name, t.permissions, p.role, p.name AS owner,
       t.last_used_at IS NULL OR t.last_used_at < $2::timestamptz - make_interval(secs => $3) AS stale
     FROM api_tokens t JOIN people p ON p.id = t.person_id
     WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > $2 AND p.deactivated_at IS NULL`,
    [tokenHash(token), now, NOTE_EVERY_SECONDS],
  );
  const found = rows[0];
  if (!found) {
    const { allowed, retryAfterSeconds } = await countTry(pool, UNKNOWN_TOKEN, caller, now);
    return allowed ? { outcome: 'unknown_token' } : { outcome: 'too_many_tries', retryAfterSeconds };
  }
  if (found.stale)
    await pool.query('UPDATE api_tokens SET last_used_at = $2, last_used_from = $3 WHERE id = $1', [
      found.id,
      now,
      address,
    ]);
  return {
    outcome: 'token',
    asker: {
      id: `token:${found.id}`,
      name: `${found.name} (token of ${found.owner})`,
      role: found.role,
      via: 'token',
      from: address,
      permissions: permissionsOfToken(found.permissions, found.role),
      personId: null,
      email: null,
      sessionToken: null,
    },
  };
}
