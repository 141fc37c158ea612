import { createHash } from 'node:crypto';
import type { AppLoadContext } from '@remix-run/node';
import type pg from 'pg';
import { isPublicAddress } from '../../lib/http/outbound-address.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Role } from '../audit/actor.ts';
import type { Access } from './access.server.ts';
import { type Asker, type Permission, permissionsOf } from './permissions.ts';
import { callHeaders, cookieValue } from './sign-in/create-auth.server.ts';
import { readApiToken } from './tokens/api-tokens.server.ts';

export type Identity =
  | { outcome: 'known'; asker: Asker }
  | { outcome: 'nobody' }
  | { outcome: 'unknown_token' }
  | { outcome: 'too_many_tries'; retryAfterSeconds: number }
  | { outcome: 'database_away' };

/** Who makes a request: by its `Authorization: Bearer` if it has one, whatever its cookies say, else by its session. */
export async function identify(
  request: Request,
  context: Pick<AppLoadContext, 'access' | 'services' | 'clientAddress'>,
): Promise<Identity> {
  const { services, clientAddress } = context;
  const authorization = request.headers.get('Authorization');
  if (authorization !== null) {
    if (services.db.status().state !== 'up') return { outcome: 'database_away' };
    const token = /^Bearer +(\S{1,512})$/i.exec(authorization.trim())?.[1] ?? '';
    const read = await readApiToken(services.db.pool, token, clientAddress, services.db.clock.now());
    return read.outcome === 'token' ? { outcome: 'known', asker: read.asker } : read;
  }
  const read = await readSession(context, request, clientAddress);
  switch (read.outcome) {
    case 'session':
      return { outcome: 'known', asker: read.asker };
    case 'none':
      return { outcome: 'nobody' };
    case 'database_away':
      return read;
  }
}

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
  const cookie = cookieValue(request.headers.get('cookie') ?? '', access.cookieName);
  if (!cookie) return { outcome: 'none' };
  const key = createHash('sha256').update(cookie).digest('base64url');
  if (services.db.status().state !== 'up') return remembered(access, key, services.db.clock.now());
  try {
    const found = await access.auth().api.getSession({ headers: callHeaders(request, address) });
    if (!found || found.user.deactivatedAt) {
      access.known.forget(key);
      return { outcome: 'none' };
    }
    const { user, session } = found;
    const role = user.role as Role;
    const needsSecondFactor = await lacksSecondFactor(services.db.pool, services.config, {
      id: user.id,
      role,
      has: Boolean(user.twoFactorEnabled),
    });
    const asker: Asker = {
      id: `person:${user.id}`,
      name: user.name,
      role,
      via: 'session',
      from: address,
      permissions: permissionsOf(needsSecondFactor ? 'viewer' : role),
      ...(needsSecondFactor && { needsSecondFactor }),
      personId: user.id,
      email: user.email,
      sessionToken: session.token,
    };
    access.known.remember(key, asker, services.db.clock.now());
    return { outcome: 'session', asker };
  } catch (error) {
    const answers = await services.db.pool.query('SELECT 1').then(
      () => true,
      () => false,
    );
    if (answers) throw error;
    return remembered(access, key, services.db.clock.now());
  }
}

/**
 * Whether somebody has to turn a second factor on before their role counts. Who has no password signs in by single
 * sign-on alone, where the second factor is the provider's business.
 */
export async function lacksSecondFactor(
  db: pg.Pool | pg.ClientBase,
  { REQUIRE_ADMIN_SECOND_FACTOR: isRequired }: Pick<Services['config'], 'REQUIRE_ADMIN_SECOND_FACTOR'>,
  { id, role, has }: { id: string; role: Role; has: boolean },
): Promise<boolean> {
  if (!isRequired || role !== 'admin' || has) return false;
  const { rowCount } = await (db as pg.ClientBase).query(
    `SELECT 1 FROM sign_in_methods WHERE person_id = $1 AND provider_id = 'credential'`,
    [id],
  );
  return rowCount !== 0;
}

function remembered({ known }: Access, key: string, now: Date): SessionOutcome {
  const asker = known.recall(key, now);
  return asker
    ? { outcome: 'session', asker: { ...asker, permissions: ['page.read'], isRecalled: true } }
    : { outcome: 'database_away' };
}

export interface SignedIn {
  name: string;
  role: string;
  permissions: Permission[];
  needsSecondFactor: boolean;
}

/** Who is signed in, as pages show it; null for nobody, for a program, and while nobody can be recognised. */
export async function readPerson(request: Request, context: AppLoadContext): Promise<SignedIn | null> {
  const who = await identify(request, context);
  if (who.outcome !== 'known' || who.asker.personId === null) return null;
  const { name, role, permissions, needsSecondFactor = false } = who.asker;
  return { name, role, permissions: [...permissions], needsSecondFactor };
}

/**
 * Who is locked out sees no page: the log says it too, once for each process. Pages and actions are given services of their
 * own (app/server/http-server.ts); the settings are the same.
 */
const logged = new WeakSet<Services['config']>();

/** What is wrong with the proxy that a page was asked for through, for whoever may mend it; null when nothing is. */
export function noticeProxy(
  { headers }: Request,
  { services, clientAddress }: Pick<AppLoadContext, 'services' | 'clientAddress'>,
): string | null {
  const problem = untrustedProxy(headers, services.config, clientAddress);
  if (problem && !logged.has(services.config)) {
    logged.add(services.config);
    services.log.warn({ setting: 'TRUSTED_PROXIES' }, problem);
  }
  return problem;
}

const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-real-ip'];

/**
 * Whether a request came through a proxy that TRUSTED_PROXIES does not count: then everybody behind it is one address to
 * the limits of the sign-in and in the audit log, and a stranger's wrong tries are everybody's.
 * @param clientAddress whom the request is taken to be from
 * @returns what is wrong and which setting mends it, in two sentences; null when nothing is
 */
function untrustedProxy(
  headers: Headers,
  { TRUSTED_PROXIES: trusted }: { TRUSTED_PROXIES: number },
  clientAddress: string | null,
): string | null {
  const one = `everybody is one address to the limits of the sign-in and in the audit log (${clientAddress ?? 'unknown'})`;
  if (trusted === 0) {
    const header = FORWARDED.find((name) => headers.has(name));
    return header
      ? `A proxy stands before this app and is not trusted (it sends ${header}): ${one}. Set TRUSTED_PROXIES to the number of proxies, usually 1, and restart.`
      : null;
  }
  const hops = (headers.get('x-forwarded-for') ?? '').split(',').filter((hop) => hop.trim()).length;
  if (hops <= trusted || clientAddress === null || isPublicAddress(clientAddress)) return null;
  return `More proxies stand before this app than the ${trusted} that TRUSTED_PROXIES says: ${one}. Set TRUSTED_PROXIES to their number and restart.`;
}
