import { createHash } from 'node:crypto';
import type { Role } from '../audit/actor.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Access } from './access.server.ts';
import type { Asker } from './asker.ts';
import { callHeaders } from './call-headers.server.ts';
import { permissionsOf } from './permissions.ts';

export type SessionOutcome =
  { outcome: 'session'; asker: Asker } | { outcome: 'none' } | { outcome: 'database_away' };

/**
 * Whose session a request's cookie is. While the database is away a session that this process has seen good keeps the
 * right to read the page and nothing else: the page is what people need then, and there is nothing else to be had.
 */
export async function readSession(
  { access, services }: { access: Access; services: Services },
  request: Request,
  address: string | null,
): Promise<SessionOutcome> {
  const cookie = sessionCookie(request.headers.get('cookie') ?? '', access);
  if (!cookie) return { outcome: 'none' };
  const key = createHash('sha256').update(cookie).digest('base64url');
  if (services.db.status().state !== 'up') return remembered(access, key);
  try {
    const found = await access.auth().api.getSession({ headers: callHeaders(request, address) });
    if (!found || found.user.deactivatedAt) {
      access.known.forget(key);
      return { outcome: 'none' };
    }
    const { user, session } = found;
    const role = user.role as Role;
    const asker: Asker = {
      id: `person:${user.id}`,
      name: user.name,
      role,
      via: 'session',
      from: address,
      permissions: permissionsOf(role),
      personId: user.id,
      email: user.email,
      sessionToken: session.token,
    };
    access.known.remember(key, asker, new Date());
    return { outcome: 'session', asker };
  } catch (error) {
    const answers = await services.db.pool.query('SELECT 1').then(
      () => true,
      () => false,
    );
    if (answers) throw error;
    return remembered(access, key);
  }
}

/** The signed value of the session cookie; what was not signed with our secret is never remembered. */
function sessionCookie(cookies: string, { cookieName }: Access): string | null {
  for (const pair of cookies.split(';')) {
    const [name, ...value] = pair.split('=');
    if (name!.trim() === cookieName) return value.join('=').trim();
  }
  return null;
}

function remembered({ known }: Access, key: string): SessionOutcome {
  const asker = known.recall(key, new Date());
  return asker
    ? { outcome: 'session', asker: { ...asker, permissions: ['page.read'], isRecalled: true } }
    : { outcome: 'database_away' };
}
