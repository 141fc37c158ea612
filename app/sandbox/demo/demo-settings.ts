import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

export interface DemoConnection {
  agentUrl: string;
  chatwootUrl: string;
  accountId: number;
  apiToken: string;
  webhookSecret: string;
  agentSecret: string;
  /** What the printed link signs in with. */
  signInToken: string;
  /** Where every notification ends, as settings of the app. */
  notifications: Record<string, string>;
}

export interface DemoPlace {
  host: string;
  port: number;
  pageUrl: string;
  dataDir: string;
}

/**
 * Environment of the app in the demo. What `.env` sets for production (its database above all) is blanked: the demo must
 * not touch it. Variables that are really set are kept, but for whatever would tell somebody: the demo tells nobody.
 */
export function demoEnvironment(
  env: NodeJS.ProcessEnv,
  place: DemoPlace,
  connection: DemoConnection,
  dotEnv = '.env',
): NodeJS.ProcessEnv {
  const blanked = Object.fromEntries(namesIn(dotEnv).map((name) => [name, '']));
  return {
    ...blanked,
    // So that the backlog starts to drain within 10 s of the repair, while somebody watches.
    BREAKER_COOLDOWN_MAX_MS: '10000',
    // So that an outage is noticed within seconds of breaking something.
    HEALTH_CHECK_INTERVAL: '5s',
    HEALTH_CONFIRM_INTERVAL: '1s',
    HEALTH_TIMEOUT: '3s',
    // So that a recovery can be proved while somebody watches; the page says how long it is.
    RECOVERY_GREEN_FOR: '1m',
    RECOVERY_WATCH_FOR: '2m',
    // It listens to this machine only, and its customers are invented.
    METRICS_ALLOW_LOOPBACK: 'true',
    LOG_LEVEL: 'warn',
    ...env,
    NODE_ENV: 'production',
    ROLE: 'all',
    HOST: place.host,
    PORT: String(place.port),
    APP_URL: place.pageUrl,
    DATA_DIR: place.dataDir,
    AGENT_SDK_URL: connection.agentUrl,
    AGENT_SDK_WEBHOOK_SECRET: connection.agentSecret,
    CHATWOOT_BASE_URL: connection.chatwootUrl,
    CHATWOOT_ACCOUNT_ID: String(connection.accountId),
    CHATWOOT_API_TOKEN: connection.apiToken,
    CHATWOOT_WEBHOOK_SECRET: connection.webhookSecret,
    DEMO_SIGN_IN_TOKEN: connection.signInToken,
    ...connection.notifications,
    HEARTBEAT_URL: '',
    // Also an address that somebody enters on the page "Contacts" is called on this machine only.
    OUTBOUND_LOOPBACK_ONLY: 'true',
  };
}

/** Signs in to the demo as long as it runs. */
export const newSignInToken = (): string => randomBytes(32).toString('base64url');

/** A Standard Webhooks secret. */
export const newAgentSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`;

function namesIn(file: string): string[] {
  return existsSync(file) ? Object.keys(parseEnv(readFileSync(file, 'utf8'))) : [];
}
