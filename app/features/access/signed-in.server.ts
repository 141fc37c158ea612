import { APIError } from 'better-auth/api';
import { recordAudit } from '../audit/record-audit.server.ts';
import type { Role } from '../audit/actor.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { deviceCookie } from './known-device.server.ts';
import type { Caller } from './sign-in.server.ts';

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
