import type pg from 'pg';
import { DatabaseUnavailable } from '../../lib/database/database.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { readOrMakeSessionSecret, signedValue, tokenHash } from './secrets.server.ts';
import { type Auth, cookieValue, createAuth } from './sign-in/create-auth.server.ts';
import {
  createKnownSessions,
  createOpenStreams,
  type KnownSessions,
  type OpenStreams,
} from './sessions/kept-sessions.server.ts';

const FORGET_EVERY_MS = 3_600_000;
/** Besides on each notice: for so long at most a session that has ended is recalled, or a page of it kept open, ms. */
const CHECK_KNOWN_EVERY_MS = 10_000;

/** Sign-in of this process; made once by the composition root and handed to loaders and actions. */
export interface Access {
  /** @throws DatabaseUnavailable before the database was reached for the first time */
  auth(): Auth;
  /**
   * Single sign-on, apart from everything else: made anew for each, because who makes it asks the identity provider, and waits
   * long for one that is mute.
   */
  singleSignOn(): Auth;
  /** Where people reach the app: APP_URL, or this machine. @param port the one it listens on */
  baseUrl(port?: number): string;
  /** Signs sessions and what else a browser brings back. */
  secret(): string;
  /** Names of the cookies: of the session, of a sign-in that waits for its second factor, of a browser that signed in before. */
  cookieName: string;
  pendingCookieName: string;
  deviceCookieName: string;
  /** The session's cookie among a request's, if we signed it; whether it goes on is not asked. */
  sessionIn(cookies: string): string | null;
  hasOidc: boolean;
  known: KnownSessions;
  streams: OpenStreams;
  /** In the demo only: hash of what its printed link signs in with. */
  demo: Buffer | null;
  stop(): void;
}

/**
 * Makes the sign-in of a process; it works from when the database is ready.
 * @param demoToken of the demo's printed link
 */
export function openAccess(services: Services, demoToken?: string): Access {
  const { config, db, log } = services;
  const host = config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST;
  const reachable = host === '0.0.0.0' || host === '[::]' ? '127.0.0.1' : host;
  const baseUrl = (port = config.PORT) => config.APP_URL ?? `http://${reachable}:${port}`;
  const secure = baseUrl().startsWith('https:');
  const cookie = (name: string) => `${secure ? '__Secure-' : ''}outage-center.${name}`;
  let auth: Auth | undefined;
  let ownSecret: string | undefined;
  const secret = () => (ownSecret ??= readOrMakeSessionSecret(config.SESSION_SECRET, config.DATA_DIR));
  const make = (oidc: typeof config.oidc) => {
    if (db.status().state === 'starting') throw new DatabaseUnavailable();
    const aheadMs = () => db.clock.processAheadMs() ?? 0;
    return createAuth({ pool: db.pool, aheadMs, log, secret: secret(), baseUrl: baseUrl(), oidc });
  };
  const forget = () => {
    if (db.status().state !== 'up') return;
    forgetExpired(db.pool, services.db.clock.now()).catch((error: unknown) =>
      log.warn({ problem: String(error) }, 'expired sessions not removed'),
    );
  };
  const known = createKnownSessions();
  const streams = createOpenStreams();
  const check = () => {
    if (db.status().state !== 'up') return;
    // Whatever fails is looked at again with the next one.
    for (const whose of [known, streams]) whose.check(db.pool).catch(() => undefined);
  };
  const unsubscribe = services.changes.on('access', check);
  const timers = [setInterval(forget, FORGET_EVERY_MS), setInterval(check, CHECK_KNOWN_EVERY_MS)];
  for (const timer of timers) timer.unref();
  return {
    auth() {
      return (auth ??= make(null));
    },
    singleSignOn: () => make(config.oidc),
    baseUrl,
    secret,
    cookieName: cookie('session_token'),
    pendingCookieName: cookie('two_factor'),
    deviceCookieName: cookie('device'),
    sessionIn: (cookies) => signedValue(cookieValue(cookies, cookie('session_token')), secret),
    hasOidc: config.oidc !== null,
    known,
    streams,
    demo: demoToken ? tokenHash(demoToken) : null,
    stop() {
      unsubscribe();
      timers.forEach((timer) => clearInterval(timer));
    },
  };
}

/** Removes what has no effect any more: expired sessions, unfinished sign-ins, windows of limits. */
async function forgetExpired(pool: pg.Pool, now: Date): Promise<void> {
  await pool.query('DELETE FROM sessions WHERE expires_at < $1', [now]);
  await pool.query('DELETE FROM verifications WHERE expires_at < $1', [now]);
  await pool.query('DELETE FROM access_limits WHERE window_ends < $1', [now]);
}
