import { APIError } from 'better-auth/api';
import { recordAudit } from '../audit/record-audit.server.ts';
import type { Role } from '../audit/actor.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Access } from './access.server.ts';
import { addressGroup } from './address-group.ts';
import { callHeaders } from './call-headers.server.ts';
import {
  CODE_BY_ADDRESS,
  countTry,
  forgetTries,
  SIGN_IN_BY_ADDRESS,
  SIGN_IN_BY_BOTH,
  SIGN_IN_BY_EMAIL,
} from './count-try.server.ts';
import { readSession } from './read-session.server.ts';

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
 * Unknown addresses cost the same work as known ones.
 */
export async function signIn(
  caller: Caller,
  { email, password, now }: { email: string; password: string; now: Date },
): Promise<SignInOutcome> {
  const { access, services, request, address } = caller;
  const { pool } = services.db;
  const from = addressGroup(address);
  const who = email.trim().toLowerCase();
  const both = `${from} ${who}`;
  for (const [limit, of] of [
    [SIGN_IN_BY_ADDRESS, from],
    [SIGN_IN_BY_BOTH, both],
    [SIGN_IN_BY_EMAIL, who],
  ] as const) {
    const { allowed, retryAfterSeconds } = await countTry(pool, limit, of, now);
    if (!allowed) return { outcome: 'too_many_tries', retryAfterSeconds };
  }
  const before = await readSession(caller, request, address);
  const answer = await refusable(
    access.auth().api.signInEmail({
      body: { email: who, password },
      headers: callHeaders(request, address),
      returnHeaders: true,
    }),
  );
  if (!answer) {
    await recordRefusal(caller, `sign-in as ${who.slice(0, 200)}`, now);
    return { outcome: 'refused' };
  }
  await forgetTries(pool, SIGN_IN_BY_BOTH, both);
  const { headers, response } = answer;
  if ('twoFactorRedirect' in response) return { outcome: 'second_factor', headers };
  await signedIn(
    caller,
    response.user.id,
    before.outcome === 'session' ? before.asker.sessionToken : null,
    now,
  );
  return { outcome: 'signed_in', headers };
}

/** Finishes a sign-in with a code of the authenticator app, or one of the backup codes. */
export async function enterCode(
  caller: Caller,
  { code, now }: { code: string; now: Date },
): Promise<SignInOutcome> {
  const { access, services, request, address } = caller;
  const { allowed, retryAfterSeconds } = await countTry(
    services.db.pool,
    CODE_BY_ADDRESS,
    addressGroup(address),
    now,
  );
  if (!allowed) return { outcome: 'too_many_tries', retryAfterSeconds };
  const before = await readSession(caller, request, address);
  const { api } = access.auth();
  const call = { headers: callHeaders(request, address), returnHeaders: true as const };
  const digits = code.replaceAll(/\s/g, '');
  const answer = await refusable<{ headers: Headers; response: { user: { id: string } } }>(
    /^\d{6}$/.test(digits)
      ? api.verifyTOTP({ body: { code: digits }, ...call })
      : api.verifyBackupCode({ body: { code: code.trim() }, ...call }),
  );
  if (!answer) {
    await recordRefusal(caller, 'second factor of a sign-in', now);
    return { outcome: 'refused' };
  }
  await signedIn(
    caller,
    answer.response.user.id,
    before.outcome === 'session' ? before.asker.sessionToken : null,
    now,
  );
  return { outcome: 'signed_in', headers: answer.headers };
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

/** Ends the session that the browser had before, and puts the sign-in on record. */
export async function signedIn(
  { services, address }: Pick<Caller, 'services' | 'address'>,
  personId: string,
  sessionBefore: string | null,
  now: Date,
): Promise<void> {
  await inTransaction(services.db.pool, async (client) => {
    if (sessionBefore) await client.query('DELETE FROM sessions WHERE token = $1', [sessionBefore]);
    const { rows } = await client.query<{ name: string; role: Role }>(
      'SELECT name, role FROM people WHERE id = $1',
      [personId],
    );
    const { name, role } = rows[0]!;
    await recordAudit(client, {
      actor: { id: `person:${personId}`, name, role, via: 'session', from: address },
      action: 'session.start',
      target: 'own session',
      at: now,
    });
  });
}

/** Puts a sign-in that was refused on record; the limits on tries keep these from flooding the log. */
async function recordRefusal({ services, address }: Caller, target: string, now: Date): Promise<void> {
  const actor = { id: 'unknown', name: 'Somebody', role: 'viewer', via: 'form', from: address } as const;
  await inTransaction(services.db.pool, (client) =>
    recordAudit(client, { actor, action: 'session.refused', target, at: now }),
  );
}

/** null when better-auth says no; its reasons are for nobody's eyes. */
async function refusable<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof APIError && error.statusCode < 500) return null;
    throw error;
  }
}
