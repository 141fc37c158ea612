import type pg from 'pg';
import { recordAudit } from '../audit/record-audit.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Access } from './access.server.ts';
import { addressGroup } from './address-group.ts';
import { callHeaders } from './call-headers.server.ts';
import {
  countTry,
  forgetTries,
  SIGN_IN_BY_ADDRESS,
  SIGN_IN_BY_BOTH,
  SIGN_IN_BY_DEVICE,
  SIGN_IN_BY_EMAIL,
  type Limit,
} from './count-try.server.ts';
import { knownDevice } from './known-device.server.ts';
import { readSession } from './read-session.server.ts';
import { recordRefusal, refusable, signedIn } from './signed-in.server.ts';

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
  const answer = await refusable(
    access.auth().api.signInEmail({
      body: { email: who, password },
      headers: callHeaders(request, address),
      returnHeaders: true,
    }),
  );
  if (!answer) {
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
