import { DatabaseUnavailable } from '../../lib/database.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Asker } from './asker.ts';
import { createAuth, type Auth } from './create-auth.server.ts';
import { readOrMakeSessionSecret } from './session-secret.server.ts';
import { forgetExpired } from './forget-expired.server.ts';

const FORGET_EVERY_MS = 3_600_000;

/** Sign-in of this process; made once by the composition root and handed to loaders and actions. */
export interface Access {
  /** @throws DatabaseUnavailable before the database was reached for the first time */
  auth(): Auth;
  /** Where people reach the app, for links. */
  baseUrl: string;
  /** Name of the session cookie. */
  cookieName: string;
  hasOidc: boolean;
  /** Whose session was good when it was last looked up, by token: the page goes on while the database is away. */
  lastKnown: Map<string, { asker: Asker; at: number }>;
  /** Set in the demo only: what its printed link signs in as. */
  demo: DemoSignIn | null;
  stop(): void;
}

export interface DemoSignIn {
  tokenHash: Buffer;
  email: string;
  password: string;
}

/**
 * Builds the sign-in when the database is ready.
 * @param baseUrl where people reach the app when APP_URL is not set
 */
export function openAccess(services: Services, baseUrl: string): Access {
  const { config, db, log } = services;
  const address = config.APP_URL ?? baseUrl;
  let auth: Auth | undefined;
  const open = () =>
    (auth ??= createAuth({
      pool: db.pool,
      log,
      secret: readOrMakeSessionSecret(config.SESSION_SECRET, config.DATA_DIR),
      baseUrl: address,
      oidc: config.oidc,
    }));
  const forget = () => {
    if (db.status().state !== 'up') return;
    forgetExpired(db.pool, new Date()).catch((error: unknown) =>
      log.warn({ problem: String(error) }, 'expired sessions not removed'),
    );
  };
  const timer = setInterval(forget, FORGET_EVERY_MS);
  timer.unref();
  return {
    auth() {
      if (db.status().state === 'starting') throw new DatabaseUnavailable();
      return open();
    },
    baseUrl: address,
    cookieName: `${address.startsWith('https:') ? '__Secure-' : ''}outage-center.session_token`,
    hasOidc: config.oidc !== null,
    lastKnown: new Map(),
    demo: null,
    stop: () => clearInterval(timer),
  };
}
