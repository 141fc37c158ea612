import { createHash } from 'node:crypto';
import type pg from 'pg';

export interface Limit {
  /** What is limited, e.g. `sign-in of an address`. */
  name: string;
  max: number;
  windowMs: number;
}

/** Tries of one address to sign in, right or wrong: an office behind one address fits in. */
export const SIGN_IN_BY_ADDRESS: Limit = { name: 'sign-in/address', max: 60, windowMs: 15 * 60_000 };
/** Tries of one address for one e-mail address. */
export const SIGN_IN_BY_BOTH: Limit = { name: 'sign-in/both', max: 10, windowMs: 15 * 60_000 };
/** Single sign-ons begun from one address; nothing is guessed by them, each is a row for ten minutes. */
export const SINGLE_SIGN_ON_BY_ADDRESS: Limit = { name: 'sso/address', max: 300, windowMs: 15 * 60_000 };
/** Tries for one e-mail address from everywhere, but for browsers that are known. */
export const SIGN_IN_BY_EMAIL: Limit = { name: 'sign-in/email', max: 100, windowMs: 3_600_000 };
/** Tries of a browser that signed in before, which nobody else's tries lock out; password and code each. */
export const SIGN_IN_BY_DEVICE: Limit = { name: 'sign-in/device', max: 10, windowMs: 15 * 60_000 };
export const CODE_BY_DEVICE: Limit = { name: 'code/device', max: 10, windowMs: 15 * 60_000 };
/** Codes of one person's second factor, from everywhere else: of a million, three are right at a time. */
export const CODE_BY_PERSON: Limit = { name: 'code/person', max: 10, windowMs: 15 * 60_000 };
/** A code is right for 90 s: once it was taken it is not right again (RFC 6238, 5.2). */
const CODE_ONCE: Limit = { name: 'code/once', max: 1, windowMs: 5 * 60_000 };
/** Passwords and codes that somebody who is signed in gives to change their own account. */
export const ACCOUNT_BY_PERSON: Limit = { name: 'account/person', max: 10, windowMs: 15 * 60_000 };
/** API tokens that do not exist, from one address. */
export const UNKNOWN_TOKEN: Limit = { name: 'token/address', max: 20, windowMs: 60_000 };

/** The limits are counted in the database, so that they hold for all processes together and through restarts. */
export async function countTry(
  pool: pg.Pool,
  limit: Limit,
  of: string,
  now: Date,
): Promise<{ allowed: boolean; retryAfterSeconds: number }> {
  const { rows } = await pool.query<{ hits: number; window_ends: Date }>(
    `INSERT INTO access_limits AS l (key, hits, window_ends) VALUES ($1, 1, $3)
     ON CONFLICT (key) DO UPDATE SET
       hits = CASE WHEN l.window_ends <= $2 THEN 1 ELSE l.hits + 1 END,
       window_ends = CASE WHEN l.window_ends <= $2 THEN $3 ELSE l.window_ends END
     RETURNING hits, window_ends`,
    [keyOf(limit, of), now, new Date(now.getTime() + limit.windowMs)],
  );
  const { hits, window_ends: ends } = rows[0]!;
  return { allowed: hits <= limit.max, retryAfterSeconds: secondsUntil(ends, now) };
}

/** Forgets the tries so far, after one that was right. */
export async function forgetTries(pool: pg.Pool, limit: Limit, of: string): Promise<void> {
  await pool.query('DELETE FROM access_limits WHERE key = $1', [keyOf(limit, of)]);
}

/** Takes a code of somebody's second factor. @returns false when it was taken before, by whoever, on whichever process */
export const takeCode = async (pool: pg.Pool, personId: string, code: string, now: Date): Promise<boolean> =>
  (await countTry(pool, CODE_ONCE, `${personId} ${code}`, now)).allowed;

/** Hashed: what people type into a sign-in form may be their password. */
const keyOf = (limit: Limit, of: string) =>
  `${limit.name}:${createHash('sha256').update(of).digest('base64url')}`;

const secondsUntil = (at: Date, now: Date) => Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 1000));

/**
 * What limits count as one caller: an IPv4 address, or the /64 network of an IPv6 address, which one customer has to
 * himself.
 */
export function addressGroup(address: string | null): string {
  if (address === null) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1]!;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%')[0]!.toLowerCase().split('::');
  const first = head.split(':').filter(Boolean);
  const last = (tail ?? '').split(':').filter(Boolean);
  const gap = tail === undefined ? 0 : Math.max(8 - first.length - last.length, 0);
  const all = [...first, ...Array<string>(gap).fill('0'), ...last];
  return `${all
    .slice(0, 4)
    .map((part) => parseInt(part, 16).toString(16))
    .join(':')}::/64`;
}
