import type pg from 'pg';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Role } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { type Asker, type Permission, permissionsOfToken } from '../permissions.ts';
import { newToken, tokenHash } from '../secrets.server.ts';
import { addressGroup, countTry, UNKNOWN_TOKEN } from '../sign-in/count-try.server.ts';
import { isLoopbackAddress } from '../../../lib/http/outbound-address.ts';
import type { Problem } from '../../../lib/http/problem.ts';

/** So that a token is recognised where it should not be: in a log, a chat, a repository. */
const PREFIX = 'oc_';

/** How long a token may be wanted to live, days; nothing that is out of sight lives for ever. */
export const TOKEN_DAYS = [7, 30, 90, 365] as const;
export const DEFAULT_TOKEN_DAYS = 90;
const DAY_MS = 24 * 3_600_000;

/**
 * Makes an API token.
 * @returns the token: it is shown once, the database has only its hash; null when its owner has lost the role, or the access, since
 * the request was let in
 */
export async function createToken(
  { db }: Services,
  {
    name,
    permissions,
    owner,
    days = DEFAULT_TOKEN_DAYS,
    now,
  }: { name: string; permissions: Permission[]; owner: Asker; days?: number; now: Date },
): Promise<{ token: string; id: number } | null> {
  const token = PREFIX + newToken();
  const expiresAt = new Date(now.getTime() + days * DAY_MS);
  return inTransaction(db.pool, async (client) => {
    // The owner's row is held: who loses access or role meanwhile has no token that nobody revoked.
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO api_tokens (name, token_hash, permissions, person_id, created_at, expires_at)
       SELECT $1, $2, $3, id, $5, $6 FROM people WHERE id = $4 AND role = $7 AND deactivated_at IS NULL FOR SHARE RETURNING id`,
      [name, tokenHash(token), permissions, owner.personId, now, expiresAt, owner.role],
    );
    if (!rows[0]) return null;
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

/** The use of a token is noted at most this often, in s. */
const NOTE_EVERY_SECONDS = 60;

export type TokenOutcome =
  | { outcome: 'token'; asker: Asker }
  | { outcome: 'unknown_token' }
  | { outcome: 'too_many_tries'; retryAfterSeconds: number };

/**
 * Whose API token this is. It counts no more than its owner: with a deactivated owner it is worth nothing, and a right
 * that the owner's role has lost is gone from it too. After too many unknown ones an address has to wait before it hears of
 * another; one that is right is let in all the same, for many may share an address, and nobody guesses 256 bits.
 */
export async function readApiToken(
  pool: pg.Pool,
  token: string,
  address: string | null,
  now: Date,
): Promise<TokenOutcome> {
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
    const caller = addressGroup(address);
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

/** What a proxy adds: a caller behind one is not on this machine, whatever the socket says. */
const PROXY_HEADERS = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via'];

interface MetricsCaller {
  headers: Headers;
  /** Of the connection itself. */
  socketAddress: string | null;
  /** Of the caller, as far as proxies that are trusted tell. */
  clientAddress: string | null;
}

/**
 * null when the caller may read /metrics: with a token that has `metrics.read`. Where METRICS_ALLOW_LOOPBACK says so, from
 * this machine without one; a proxy on it that adds no header cannot be told from it, so that is never so by itself.
 */
export async function mayReadMetrics(
  { services }: { services: Services },
  { headers, socketAddress, clientAddress }: MetricsCaller,
): Promise<Problem | null> {
  const authorization = headers.get('authorization');
  if (authorization === null) {
    const proxied = PROXY_HEADERS.some((name) => headers.has(name));
    const allowed =
      services.config.METRICS_ALLOW_LOOPBACK &&
      !proxied &&
      socketAddress !== null &&
      isLoopbackAddress(socketAddress);
    return allowed ? null : REFUSAL;
  }
  if (services.db.status().state !== 'up') return REFUSAL;
  const token = /^Bearer +(\S{1,512})$/i.exec(authorization.trim())?.[1] ?? '';
  const read = await readApiToken(services.db.pool, token, clientAddress, services.db.clock.now());
  if (read.outcome === 'token' && read.asker.permissions.includes('metrics.read')) return null;
  if (read.outcome === 'too_many_tries')
    return { ...REFUSAL, status: 429, headers: { 'Retry-After': String(read.retryAfterSeconds) } };
  return read.outcome === 'token' ? { ...REFUSAL, status: 403 } : REFUSAL;
}

const REFUSAL: Problem = {
  status: 401,
  title: 'Metrics need a token',
  code: 'metrics_need_token',
  detail:
    'Send an API token that has metrics.read as "Authorization: Bearer …". METRICS_ALLOW_LOOPBACK=true opens them to this machine.',
  headers: { 'WWW-Authenticate': 'Bearer realm="Outage Center"' },
};
