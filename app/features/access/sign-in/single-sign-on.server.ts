import { APIError } from 'better-auth/api';
import { addressGroup, countTry, SINGLE_SIGN_ON_BY_ADDRESS } from './count-try.server.ts';
import { callHeaders, cookiesOf, cookieValue, OIDC } from './create-auth.server.ts';
import { readSession } from '../identify.server.ts';
import { type Caller, signedIn } from './sign-in.server.ts';

/** An identity provider that has not answered by then is away, ms. */
const ANSWER_MS = 10_000;

class ProviderSilent extends Error {}

/** @throws ProviderSilent when the provider does not answer in time */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new ProviderSilent()), ANSWER_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export type BeginSignOnOutcome = { outcome: 'go'; url: string; headers: Headers } | { outcome: 'not_now' };

/** Starts a single sign-on. @returns where to go, with the cookie that ties the way back to this browser */
export async function beginOidc(
  { access, services, request, address }: Caller,
  returnTo: string,
  now: Date,
): Promise<BeginSignOnOutcome> {
  const { allowed } = await countTry(services.db.pool, SINGLE_SIGN_ON_BY_ADDRESS, addressGroup(address), now);
  if (!allowed) return { outcome: 'not_now' };
  try {
    const { headers, response } = await inTime(
      access.singleSignOn().api.signInSocial({
        body: { provider: OIDC, callbackURL: access.baseUrl() + returnTo, disableRedirect: true },
        headers: callHeaders(request, address),
        returnHeaders: true,
      }),
    );
    return response.url ? { outcome: 'go', url: response.url, headers } : { outcome: 'not_now' };
  } catch (error) {
    // The identity provider does not answer, or its description is not usable.
    if (error instanceof APIError || error instanceof ProviderSilent) return { outcome: 'not_now' };
    throw error;
  }
}

/**
 * Takes somebody back from the identity provider. Only who is among the people already gets in, known by the e-mail
 * address that the provider vouches for; the second factor is the provider's business then. A session that cannot be
 * read back is handed to nobody.
 */
export async function finishOidc(caller: Caller, now: Date): Promise<Response> {
  const { access, request, address } = caller;
  const before = await readSession(caller, request, address);
  const { search } = new URL(request.url);
  const back = new Request(`${access.baseUrl()}/sign-in/callback/${OIDC}${search}`, {
    headers: callHeaders(request, address),
  });
  // What comes of it later is handed to nobody.
  const answer = await inTime(access.singleSignOn().handler(back)).catch((error: unknown) => {
    if (error instanceof ProviderSilent) return new Response();
    throw error;
  });
  const location = answer.headers.get('Location') ?? '/sign-in?error=sso';
  const cookies = cookiesOf(answer.headers);
  const given = cookies.map(([, cookie]) => cookie.split(';')[0]!).join('; ');
  const after = await readSession(
    caller,
    new Request(access.baseUrl(), { headers: { cookie: given } }),
    address,
  );
  if (after.outcome !== 'session' || !after.asker.personId) {
    await discard(caller, given);
    return new Response(null, {
      status: 302,
      headers: [['Location', '/sign-in?error=sso'], ...cookies.filter(([, cookie]) => takesAway(cookie))],
    });
  }
  const old = before.outcome === 'session' ? before.asker.sessionToken : null;
  const ended = old === after.asker.sessionToken ? null : old;
  const device = await signedIn(caller, after.asker.personId, ended, now);
  const path = new URL(location, access.baseUrl());
  return new Response(null, {
    status: 302,
    headers: [['Location', path.pathname + path.search + path.hash], ...cookies, ['Set-Cookie', device]],
  });
}

/** A cookie that removes one. */
const takesAway = (cookie: string) => /;\s*Max-Age=0\b/i.test(cookie);

/** Removes the session of cookies that nobody gets. */
async function discard({ access, services }: Caller, given: string): Promise<void> {
  const token = decodeURIComponent(cookieValue(given, access.cookieName) ?? '').split('.')[0];
  // Without the database there is nothing to be removed with, and nobody who has the cookie.
  if (token)
    await services.db.pool.query('DELETE FROM sessions WHERE token = $1', [token]).catch(() => undefined);
}
