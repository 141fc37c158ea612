import type { AppLoadContext } from '@remix-run/node';
import { problemResponse, type Problem } from '../../lib/problem.ts';
import { holds, type Asker } from './asker.ts';
import { identify } from './identify.server.ts';
import type { Permission } from './permissions.ts';
import { signInPath } from './sign-in-path.ts';

const REFUSALS = {
  not_signed_in: {
    status: 401,
    title: 'Not signed in',
    code: 'not_signed_in',
    detail: 'Sign in, or send an API token as "Authorization: Bearer …".',
    headers: { 'WWW-Authenticate': 'Bearer realm="Outage Center"' },
  },
  unknown_token: {
    status: 401,
    title: 'Unknown token',
    code: 'unknown_token',
    detail:
      'This API token does not exist, was revoked, has expired, or belongs to somebody who was deactivated.',
    headers: { 'WWW-Authenticate': 'Bearer realm="Outage Center", error="invalid_token"' },
  },
  not_allowed: {
    status: 403,
    title: 'Not allowed',
    code: 'not_allowed',
    detail: 'Your role does not allow this. An admin can change it on the page "People".',
  },
  second_factor_needed: {
    status: 403,
    title: 'Turn on your second factor first',
    code: 'second_factor_needed',
    detail:
      'Admins need a second factor here. Turn it on on the page "Account"; until then you may do what a viewer may.',
  },
  database_away: {
    status: 503,
    title: 'Sign-in cannot be checked',
    code: 'database_away',
    detail:
      'The database does not answer, so nobody can be recognised. Nothing was done. Webhooks are taken all the same.',
    headers: { 'Retry-After': '5' },
  },
} as const satisfies Record<string, Problem>;

/**
 * Who makes a request, if the right is theirs; the one place where routes ask. Call it before the body is read.
 * @throws Response that refuses the request: for a page the way to the sign-in, for everything else problem+json
 */
export async function authorize(
  { request, context }: { request: Request; context: AppLoadContext },
  permission: Permission,
): Promise<Asker> {
  const who = await identify(request, context);
  switch (who.outcome) {
    case 'known':
      if (holds(who.asker, permission)) return who.asker;
      if (who.asker.isRecalled) throw problemResponse(REFUSALS.database_away);
      throw problemResponse(
        who.asker.needsSecondFactor ? REFUSALS.second_factor_needed : REFUSALS.not_allowed,
      );
    case 'nobody':
      throw asPerson(request) ? toSignIn(request) : problemResponse(REFUSALS.not_signed_in);
    case 'unknown_token':
      throw problemResponse(REFUSALS.unknown_token);
    case 'too_many_tries':
      throw problemResponse({
        status: 429,
        title: 'Too many tries',
        code: 'too_many_tries',
        detail: `Too many unknown tokens came from this address. Try again in ${who.retryAfterSeconds} s.`,
        headers: { 'Retry-After': String(who.retryAfterSeconds) },
      });
    case 'database_away':
      // The sign-in page says in words that the database is away.
      throw asPerson(request) ? toSignIn(request) : problemResponse(REFUSALS.database_away);
  }
}

const isRead = ({ method }: Request) => method === 'GET' || method === 'HEAD';

/** A page is asked for, or a browser sends a plain form: a person reads the answer. */
function asPerson(request: Request): boolean {
  if (!isRead(request)) return (request.headers.get('Accept') ?? '').includes('text/html');
  const { pathname } = new URL(request.url);
  return !pathname.startsWith('/api/') && pathname !== '/events';
}

/** A form is not sent again after the sign-in: who looks at the page again decides anew. */
function toSignIn(request: Request): Response {
  const read = isRead(request);
  return new Response(null, {
    status: read ? 302 : 303,
    headers: { Location: read ? signInPath(request) : '/sign-in' },
  });
}
