import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AppLoadContext } from '@remix-run/node';
import { APIError } from 'better-auth/api';
import type pg from 'pg';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Role } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import type { Access } from '../access.server.ts';
import { readSession } from '../identify.server.ts';
import { tokenHash } from '../secrets.server.ts';
import { callHeaders, cookieValue } from './create-auth.server.ts';
import {
  addressGroup,
  countTry,
  forgetTries,
  type Limit,
  SIGN_IN_BY_ADDRESS,
  SIGN_IN_BY_BOTH,
  SIGN_IN_BY_DEVICE,
  SIGN_IN_BY_EMAIL,
} from './count-try.server.ts';

export interface Caller {
  access: Access;
  services: Services;
  request: Request;
  address: string | null;
}

export type SignInOutcome =
  | { outcome: 'signed_in' | 'second_factor'; headers: Headers }
  /** Nothing tells an unknown e-mail address from a wrong password or a deactivated person. */
  | { outcome: 'refused' }
  | { outcome: 'too_many_tries'; retryAfterSeconds: number };

/**
 * Signs in with e-mail address and password. A session that the browser had before is ended, and never goes on as the new one.
 * Unknown addresses cost the same work as known ones. A browser that signed in before has limits of its own.
 */
export async function signIn(
  caller: Caller,
  { email, password, now }: { email: string; password: string; now: Date },
): Promise<SignInOutcome> {
  const { access, services, request, address } = caller;
  const { pool } = services.db;
  const who = email.trim().toLowerCase();
  const limits = limitsOf(caller, who, now);
  for (const [limit, of] of limits) {
    const { allowed, retryAfterSeconds } = await countTry(pool, limit, of, now);
    if (!allowed) return { outcome: 'too_many_tries', retryAfterSeconds };
  }
  const before = await readSession(caller, request, address);
  const credential = await credentialOf(pool, who);
  const answer = await refusable(
    access.auth().api.signInEmail({
      body: { email: who, password },
      headers: callHeaders(request, address),
      returnHeaders: true,
    }),
  );
  if (!answer || !credential || !(await stillHolds(pool, credential, answer.response))) {
    await recordRefusal(caller, await tellWho(pool, who), now);
    return { outcome: 'refused' };
  }
  for (const [limit, of] of limits)
    if (limit === SIGN_IN_BY_BOTH || limit === SIGN_IN_BY_DEVICE) await forgetTries(pool, limit, of);
  const { headers, response } = answer;
  if ('twoFactorRedirect' in response) return { outcome: 'second_factor', headers };
  const sessionBefore = before.outcome === 'session' ? before.asker.sessionToken : null;
  headers.append('Set-Cookie', await signedIn(caller, response.user.id, sessionBefore, now));
  return { outcome: 'signed_in', headers };
}

interface Credential {
  personId: string;
  /** As a hash. */
  password: string;
}

async function credentialOf(pool: pg.Pool, who: string): Promise<Credential | null> {
  const { rows } = await pool.query<Credential>(
    `SELECT m.person_id AS "personId", m.password FROM sign_in_methods m JOIN people p ON p.id = m.person_id
     WHERE p.email = $1 AND m.provider_id = 'credential' AND m.password IS NOT NULL`,
    [who],
  );
  return rows[0] ?? null;
}

/**
 * Whether the password that was checked is the person's still, now that there is a session. Checking takes long on purpose:
 * who changes or resets it meanwhile ends the sessions that there are, and cannot know of this one. It is ended here then.
 */
async function stillHolds(
  pool: pg.Pool,
  { personId, password }: Credential,
  made: { token?: string },
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    // Waits for a change that is under way: it holds the row before it ends sessions.
    const { rowCount } = await client.query(
      `SELECT FROM sign_in_methods WHERE person_id = $1 AND provider_id = 'credential' AND password = $2 FOR SHARE`,
      [personId, password],
    );
    if (rowCount) return true;
    // What waits for a second factor has the person's id for its value.
    await client.query('DELETE FROM verifications WHERE value = $1', [personId]);
    await client.query('DELETE FROM sessions WHERE token = $1', [made.token ?? null]);
    return false;
  });
}

function limitsOf(caller: Caller, who: string, now: Date): [Limit, string][] {
  const device = knownDevice(caller.access, caller.request, who, now);
  if (device !== null) return [[SIGN_IN_BY_DEVICE, device]];
  const from = addressGroup(caller.address);
  return [
    [SIGN_IN_BY_ADDRESS, from],
    [SIGN_IN_BY_BOTH, `${from} ${who}`],
    [SIGN_IN_BY_EMAIL, who],
  ];
}

/** What is typed into a field for an e-mail address may be a password: only that of somebody here is recorded. */
async function tellWho(pool: pg.Pool, typed: string): Promise<string> {
  const { rowCount } = await pool.query('SELECT 1 FROM people WHERE email = $1', [typed]);
  return rowCount ? `sign-in as ${typed}` : 'sign-in as somebody who is not among the people';
}

/** Ends the session of a request. @returns headers that remove its cookie */
export async function signOut({ access, services, request, address }: Caller, now: Date): Promise<Headers> {
  const session = await readSession({ access, services }, request, address);
  const { headers } = await access
    .auth()
    .api.signOut({ headers: callHeaders(request, address), returnHeaders: true });
  if (session.outcome === 'session') {
    if (session.asker.sessionToken) access.known.end(session.asker.sessionToken);
    services.changes.announce('access');
    await inTransaction(services.db.pool, (client) =>
      recordAudit(client, { actor: session.asker, action: 'session.end', target: 'own session', at: now }),
    );
  }
  return headers;
}

/**
 * Ends the session that the browser had before, and puts the sign-in on record.
 * @returns the cookie by which the browser is known from now on
 */
export async function signedIn(
  { access, services, address }: Pick<Caller, 'access' | 'services' | 'address'>,
  personId: string,
  sessionBefore: string | null,
  now: Date,
): Promise<string> {
  const email = await inTransaction(services.db.pool, async (client) => {
    if (sessionBefore) await client.query('DELETE FROM sessions WHERE token = $1', [sessionBefore]);
    const { rows } = await client.query<{ name: string; role: Role; email: string }>(
      'SELECT name, role, email FROM people WHERE id = $1',
      [personId],
    );
    const { name, role, email: ownEmail } = rows[0]!;
    await recordAudit(client, {
      actor: { id: `person:${personId}`, name, role, via: 'session', from: address },
      action: 'session.start',
      target: 'own session',
      at: now,
    });
    return ownEmail;
  });
  return deviceCookie(access, email, now);
}

/** Puts a sign-in that was refused on record; the limits on tries keep these from flooding the log. */
export async function recordRefusal({ services, address }: Caller, target: string, now: Date): Promise<void> {
  const actor = { id: 'unknown', name: 'Somebody', role: 'viewer', via: 'form', from: address } as const;
  await inTransaction(services.db.pool, (client) =>
    recordAudit(client, { actor, action: 'session.refused', target, at: now }),
  );
}

/** null when better-auth says no; its reasons are for nobody's eyes. */
export async function refusable<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof APIError && error.statusCode < 500) return null;
    throw error;
  }
}

/** A browser that signed in is known for so long afterwards, s. */
const KNOWN_SECONDS = 180 * 24 * 3600;

/**
 * The cookie that says that somebody has signed in with this browser before. It opens nothing: tries that come with it are
 * counted apart, so that strangers who try to get in do not lock the right person out
 * (https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).
 */
function deviceCookie(access: Access, email: string, now: Date): string {
  const id = `${randomBytes(16).toString('base64url')}.${Math.floor(now.getTime() / 1000).toString(36)}`;
  const secure = access.deviceCookieName.startsWith('__Secure-') ? '; Secure' : '';
  return `${access.deviceCookieName}=${id}.${sign(access, id, email)}; Path=/; Max-Age=${KNOWN_SECONDS}; HttpOnly; SameSite=Lax${secure}`;
}

/** @returns what names the browser if it signed in as that person before; null for all others */
export function knownDevice(access: Access, request: Request, email: string, now: Date): string | null {
  const value = cookieValue(request.headers.get('cookie') ?? '', access.deviceCookieName);
  const [, id = '', seconds = '', mac = ''] =
    /^([\w-]{22}\.([0-9a-z]{1,9}))\.([\w-]{43})$/.exec(value ?? '') ?? [];
  const age = now.getTime() / 1000 - parseInt(seconds, 36);
  if (!(age <= KNOWN_SECONDS)) return null;
  return timingSafeEqual(Buffer.from(sign(access, id, email)), Buffer.from(mac)) ? id : null;
}

const sign = (access: Access, id: string, email: string) =>
  createHmac('sha256', access.secret()).update(`known device\0${id}\0${email}`).digest('base64url');

/** A request as the verbs of sign-in take it. */
export function callerOf({ request, context }: { request: Request; context: AppLoadContext }): Caller {
  const { access, services, clientAddress } = context;
  return { access, services, request, address: clientAddress };
}

const DEMO = { id: 'demo', name: 'Demo admin', email: 'admin@demo.example' };

const LOOPBACK = /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/;
const OWN_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether this app is a demo, and whether whoever asks sits at its machine: by address, by the name that the browser
 * calls it (another site's name may lead here too), and by no proxy in between.
 * @returns null: no demo
 */
export function seatAtDemo({ access, request, address }: Caller): 'here' | 'elsewhere' | null {
  if (!access.demo) return null;
  const proxied = request.headers.has('X-Forwarded-For') || request.headers.has('Forwarded');
  const isHere = LOOPBACK.test(address ?? '') && OWN_NAMES.has(new URL(request.url).hostname) && !proxied;
  return isHere ? 'here' : 'elsewhere';
}

/**
 * Signs in as the demo's admin, as long as the demo runs: by its printed link, or without one at its machine. Only the
 * demo launcher starts an app that has such a link.
 * @param token null: there is none, the seat is to do
 * @returns null when this app is no demo, the link another's, or the seat elsewhere
 */
export async function signInToDemo(
  caller: Caller,
  token: string | null,
  now: Date,
): Promise<SignInOutcome | null> {
  const { access, services } = caller;
  if (!access.demo) return null;
  const may = token === null ? seatAtDemo(caller) === 'here' : timingSafeEqual(tokenHash(token), access.demo);
  if (!may) return null;
  const password = randomBytes(24).toString('base64url');
  const hash = await (await access.auth().$context).password.hash(password);
  await inTransaction(services.db.pool, async (client) => {
    await client.query(
      `INSERT INTO people (id, name, email, email_verified, role) VALUES ($1, $2, $3, true, 'admin')
       ON CONFLICT (id) DO UPDATE SET role = 'admin', deactivated_at = NULL`,
      [DEMO.id, DEMO.name, DEMO.email],
    );
    await client.query(
      `INSERT INTO sign_in_methods (id, person_id, provider_id, account_id, password)
       VALUES ($1, $1, 'credential', $1, $2)
       ON CONFLICT (provider_id, account_id) DO UPDATE SET password = EXCLUDED.password`,
      [DEMO.id, hash],
    );
  });
  return signIn(caller, { email: DEMO.email, password, now });
}
