import { betterAuth } from 'better-auth';
import { genericOAuth } from 'better-auth/plugins/generic-oauth';
import { twoFactor } from 'better-auth/plugins/two-factor';
import type pg from 'pg';
import type { Logger } from '../../../lib/log.server.ts';
import type { Oidc } from '../../../lib/settings/config.ts';
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from '../people/person-input.ts';

/** Carries the caller's address to better-auth; set by us on each call, never taken from a request. */
const ADDRESS_HEADER = 'x-outage-center-address';

/** How long a session lasts from its sign-in, in s; it is not prolonged. */
const SESSION_SECONDS = 7 * 24 * 3600;

/** The id of the single sign-on among the ways to sign in. */
export const OIDC = 'oidc';

/** What a provider gives us to act as somebody there is of no use here, and of much use to who reads the database. */
const NO_TOKENS = {
  accessToken: null,
  refreshToken: null,
  idToken: null,
  accessTokenExpiresAt: null,
  refreshTokenExpiresAt: null,
};

export interface AuthOptions {
  pool: pg.Pool;
  /** How far this process's clock is ahead of the database's, ms. */
  aheadMs: () => number;
  log: Logger;
  secret: string;
  /** Where people reach the app. */
  baseUrl: string;
  oidc: Oidc | null;
}

/**
 * A pool for better-auth, which asks the clock of its process what is over, and removes what is: its times become the database's
 * on their way there, and its own again on their way back. Otherwise one process whose clock is a week ahead ends everybody's
 * session at all of them.
 */
function timesCrossing(pool: pg.Pool, aheadMs: () => number): pg.Pool {
  const moved = (value: unknown, ms: number): unknown =>
    value instanceof Date ? new Date(value.getTime() + ms) : value;
  const connect = async () => {
    const client = await pool.connect();
    return {
      async query(text: string, values: readonly unknown[] = []) {
        const ahead = aheadMs();
        const result = await client.query<Record<string, unknown>>(
          text,
          values.map((value) => moved(value, -ahead)),
        );
        const back = (row: Record<string, unknown>) =>
          Object.fromEntries(Object.entries(row).map(([name, value]) => [name, moved(value, ahead)]));
        return { ...result, command: result.command, rowCount: result.rowCount, rows: result.rows.map(back) };
      },
      release: (error?: Error | boolean) => client.release(error),
    };
  };
  return { connect } as unknown as pg.Pool;
}

/**
 * better-auth on our tables. Its own HTTP handler is reached for the single sign-on's way back only; everything else
 * calls it as a library. It never alters the schema: `prisma/migrations` does, and a test compares the two.
 */
export function createAuth({ pool, aheadMs, log, secret, baseUrl, oidc }: AuthOptions) {
  return betterAuth({
    appName: 'Outage Center',
    baseURL: baseUrl,
    basePath: '/sign-in',
    secret,
    database: timesCrossing(pool, aheadMs),
    telemetry: { enabled: false },
    // Its texts may hold an e-mail address: only that something failed is passed on.
    logger: { level: 'error', log: (_level, message) => log.error({ problem: message }, 'sign-in') },
    user: {
      modelName: 'people',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
      additionalFields: {
        role: { type: 'string', required: true, input: false },
        deactivatedAt: { type: 'date', required: false, input: false, fieldName: 'deactivated_at' },
      },
      // At each sign-in and not only the one that links: the provider may have stopped to vouch.
      validateUserInfo: ({ user, source }) =>
        source.method === 'oauth' && !user.emailVerified && !oidc?.trustEmail
          ? { error: 'email_not_verified' }
          : undefined,
    },
    session: {
      modelName: 'sessions',
      fields: {
        userId: 'person_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      expiresIn: SESSION_SECONDS,
      disableSessionRefresh: true,
    },
    account: {
      modelName: 'sign_in_methods',
      fields: {
        userId: 'person_id',
        providerId: 'provider_id',
        accountId: 'account_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      // Who is among the people is found by an e-mail address that the provider says it verified; nobody is made by it
      // (disableSignUp).
      accountLinking: { trustedProviders: oidc?.trustEmail ? [OIDC] : [] },
      updateAccountOnSignIn: false,
    },
    verification: {
      modelName: 'verifications',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: SHORTEST_PASSWORD,
      maxPasswordLength: LONGEST_PASSWORD,
    },
    // Ours counts by address and by e-mail address, also where no HTTP handler of its own is in the way.
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: 'outage-center',
      useSecureCookies: baseUrl.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
    },
    onAPIError: { errorURL: `${baseUrl}/sign-in` },
    databaseHooks: {
      account: { create: { before: (account) => Promise.resolve({ data: { ...account, ...NO_TOKENS } }) } },
      session: {
        create: {
          async before({ userId }) {
            const { rowCount } = await pool.query(
              'SELECT 1 FROM people WHERE id = $1 AND deactivated_at IS NULL',
              [userId],
            );
            return rowCount === 0 ? false : undefined;
          },
        },
      },
    },
    plugins: [
      twoFactor({
        issuer: 'Outage Center',
        // Ours counts codes too, and does not let others lock out a browser that is known.
        accountLockout: { enabled: false },
        schema: {
          user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
          twoFactor: {
            modelName: 'second_factors',
            fields: {
              userId: 'person_id',
              backupCodes: 'backup_codes',
              failedVerificationCount: 'failed_verification_count',
              lockedUntil: 'locked_until',
            },
          },
        },
      }),
      ...(oidc
        ? [
            genericOAuth({
              config: [
                {
                  providerId: OIDC,
                  discoveryUrl: `${oidc.issuer}/.well-known/openid-configuration`,
                  clientId: oidc.clientId,
                  clientSecret: oidc.clientSecret,
                  scopes: ['openid', 'email', 'profile'],
                  pkce: true,
                  requireIdTokenVerification: true,
                  // The same subject at another issuer is somebody else.
                  accountSubject: ({ profile }) => `${String(profile.sub)}@${oidc.issuer}`,
                  disableSignUp: true,
                },
              ],
            }),
          ]
        : []),
    ],
  });
}

export type Auth = ReturnType<typeof createAuth>;

/**
 * The headers of a request that better-auth may see: cookies, browser, and the address as we know it.
 * @param without name of a cookie that it may not see
 */
export function callHeaders(request: Request, address: string | null, without?: string): Headers {
  const headers = new Headers();
  for (const name of ['cookie', 'user-agent']) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value.slice(0, 8192));
  }
  const cookies = headers.get('cookie');
  if (without && cookies)
    headers.set(
      'cookie',
      cookies
        .split(';')
        .filter((pair) => pair.split('=')[0]!.trim() !== without)
        .join(';'),
    );
  if (address !== null) headers.set(ADDRESS_HEADER, address);
  return headers;
}

/** The value of a cookie of a request; null when it has none of that name. */
export function cookieValue(cookies: string, wanted: string): string | null {
  for (const pair of cookies.split(';')) {
    const [name, ...value] = pair.split('=');
    if (name!.trim() === wanted) return value.join('=').trim();
  }
  return null;
}

/** The cookies that an answer of better-auth sets, to be passed on. */
export function cookiesOf(headers: Headers): [name: 'Set-Cookie', value: string][] {
  return headers.getSetCookie().map((cookie) => ['Set-Cookie', cookie]);
}
