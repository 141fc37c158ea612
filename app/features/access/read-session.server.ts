import { getCookies } from 'better-auth/cookies';
import type { Role } from '../audit/actor.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Access } from './access.server.ts';
import type { Asker } from './asker.ts';
import { callHeaders } from './call-headers.server.ts';
import { permissionsOf } from './permissions.ts';

/** While the database is away, a session that was good within this time may still read the page. */
const REMEMBER_MS = 8 * 3_600_000;
/** Sessions a process remembers; the oldest is forgotten first. */
const MAX_REMEMBERED = 5000;

export type SessionOutcome =
  { outcome: 'session'; asker: Asker; token: string } | { outcome: 'none' } | { outcome: 'database_away' };

/** Whose session a request's cookie is. */
export async function readSession(
  access: Access,
  services: Services,
  request: Request,
  address: string | null,
): Promise<SessionOutcome> {
  if (!request.headers.has('cookie')) return { outcome: 'none' };
  const cookie = request.headers.get('cookie')!;
  try {
    const found = await access.auth().api.getSession({ headers: callHeaders(request, address) });
    if (!found || found.user.deactivatedAt) {
      access.lastKnown.delete(cookie);
      return { outcome: 'none' };
    }
    const { user, session } = found;
    const asker: Asker = {
      id: `person:${user.id}`,
      name: user.name,
      role: user.role as Role,
      via: 'session',
      from: address,
      permissions: permissionsOf(user.role as Role),
      personId: user.id,
      email: user.email,
    };
    remember(access, session.token, cookie, asker);
    return { outcome: 'session', asker, token: session.token };
  } catch (error) {
    if (await answers(services)) throw error;
    return remembered(access, cookie, address);
  }
}
