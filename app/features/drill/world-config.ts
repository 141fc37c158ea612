import type { Config } from '../../lib/config.ts';

/** What a world's settings are made of besides the app's own. */
export interface WorldPlace {
  drillId: number;
  speed: number;
  databaseUrl: string;
  dataDir: string;
  sandbox: {
    chatwootUrl: string;
    accountId: number;
    apiToken: string;
    webhookSecret: string;
    agentUrl: string;
    agentSecret: string;
  };
}

/** No faster than an exchange on a busy machine needs, ms. */
const SHORTEST_TIMEOUT_MS = 1000;
const SHORTEST_PAUSE_MS = 100;
/** Checks do not come faster than this, by our clock, ms: settings of seconds would at ×60 mean a dozen a second. */
const SHORTEST_CHECK_MS = 250;

/** So that links in messages lead to the drill, and not to a real incident. */
export const drillAppUrl = (appUrl: string | undefined, drillId: number) =>
  appUrl && `${appUrl}/drill/${drillId}`;

/**
 * The app's settings with the sandbox in place of Chatwoot and the Agent service. Thresholds, channels and policy are the
 * real ones; timeouts and pauses are as much shorter as the clock is faster. The watcher behind HEARTBEAT_URL hears nothing
 * of a drill, and nothing but the sandbox is probed.
 */
export function worldConfig(real: Config, place: WorldPlace): Config {
  const { drillId, speed, databaseUrl, dataDir, sandbox } = place;
  const shorter = (ms: number, shortest: number) => Math.max(Math.min(ms, shortest), Math.ceil(ms / speed));
  const pause = (ms: number) => shorter(ms, SHORTEST_PAUSE_MS);
  const check = (ms: number) => Math.max(ms, SHORTEST_CHECK_MS * speed);
  return {
    ...real,
    ROLE: 'worker',
    DATABASE_URL: databaseUrl,
    DATABASE_DIRECT_URL: undefined,
    DATA_DIR: dataDir,
    APP_URL: drillAppUrl(real.APP_URL, drillId),
    HEARTBEAT_URL: undefined,
    HEALTH_TARGETS: [],
    CHATWOOT_HEALTH_PATH: undefined,
    CHATWOOT_STATUS_PAGE_URL: undefined,
    CHATWOOT_WEBHOOK_SECRET: [sandbox.webhookSecret],
    CHATWOOT_WEBHOOK_TOKEN: undefined,
    CHATWOOT_WEBHOOK_ALLOW_UNSIGNED: false,
    AGENT_SDK_WEBHOOK_SECRET: sandbox.agentSecret,
    AGENT_SDK_URL: sandbox.agentUrl,
    CHATWOOT_BASE_URL: sandbox.chatwootUrl,
    CHATWOOT_ACCOUNT_ID: String(sandbox.accountId),
    CHATWOOT_API_TOKEN: sandbox.apiToken,
    CANARY_INBOX_ID: undefined,
    connection: {
      agentUrl: sandbox.agentUrl,
      chatwootUrl: sandbox.chatwootUrl,
      accountId: String(sandbox.accountId),
      apiToken: sandbox.apiToken,
    },
    HEALTH_CHECK_INTERVAL: check(real.HEALTH_CHECK_INTERVAL),
    HEALTH_CONFIRM_INTERVAL: check(real.HEALTH_CONFIRM_INTERVAL),
    HEALTH_TIMEOUT: shorter(real.HEALTH_TIMEOUT, SHORTEST_TIMEOUT_MS),
    WEBHOOK_TIMEOUT_MS: shorter(real.WEBHOOK_TIMEOUT_MS, SHORTEST_TIMEOUT_MS),
    CHATWOOT_WEBHOOK_BASE_DELAY_MS: pause(real.CHATWOOT_WEBHOOK_BASE_DELAY_MS),
    BREAKER_COOLDOWN_MS: pause(real.BREAKER_COOLDOWN_MS),
    BREAKER_COOLDOWN_MAX_MS: pause(real.BREAKER_COOLDOWN_MAX_MS),
  };
}
