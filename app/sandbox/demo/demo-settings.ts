import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import type { Chatwoot } from '../chatwoot/chatwoot.ts';
import { SUBSCRIBABLE_EVENTS } from '../chatwoot/webhooks/webhook-sender.ts';

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
    // Nobody answers the invented customers: with less time than this nothing would be calm for the first hour.
    SLA_FIRST_RESPONSE: '2h',
    // It listens to this machine only, and its customers are invented.
    METRICS_ALLOW_LOOPBACK: 'true',
    // The same listener, invented customers: what they would be told can be looked at.
    STATUS_PAGE: 'on',
    LOG_LEVEL: 'warn',
    ...env,
    // `npm run dev:demo` compiles pages as they change.
    NODE_ENV: env.NODE_ENV === 'development' ? 'development' : 'production',
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

/** What the demo keeps in its data folder. */
export interface DemoFolder {
  /** Address of a demo that runs on this folder now; null when none does. */
  runningDemo(): Promise<string | null>;
  markRunning(pageUrl: string, controlUrl: string): Promise<void>;
  unmarkRunning(): Promise<void>;
  /** Whether a demo has already run here. */
  hasBegun(): boolean;
  markBegun(): Promise<void>;
}

export async function openDemoFolder(dataDir: string): Promise<DemoFolder> {
  await mkdir(dataDir, { recursive: true });
  const running = path.join(dataDir, 'demo-running.json');
  const begun = path.join(dataDir, 'demo-begun');
  return {
    async runningDemo() {
      try {
        const { page, control } = JSON.parse(await readFile(running, 'utf8')) as Record<string, string>;
        const response = await fetch(`${control}/state`, { signal: AbortSignal.timeout(1000) });
        const state = (await response.json()) as object;
        return 'chatwoot' in state && 'script' in state ? (page ?? null) : null;
      } catch {
        // No file, or nobody there: that demo is over.
        return null;
      }
    },
    markRunning: (page, control) => writeFile(running, JSON.stringify({ page, control })),
    unmarkRunning: () => rm(running, { force: true }),
    hasBegun: () => existsSync(begun),
    markBegun: () => writeFile(begun, `${new Date().toISOString()}\n`),
  };
}

/** Registers the app's webhook over the API, as `ops:connect-chatwoot` does, and returns the secret it got. */
export async function registerWebhook(
  { url, accountId, apiToken }: Chatwoot,
  webhookUrl: string,
): Promise<string> {
  const response = await fetch(`${url}/api/v1/accounts/${accountId}/webhooks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', api_access_token: apiToken },
    body: JSON.stringify({
      name: 'Outage Center',
      url: webhookUrl,
      subscriptions: SUBSCRIBABLE_EVENTS.filter((event) => !/^inbox_|_typing_/.test(event)),
    }),
  });
  const { payload } = (await response.json()) as { payload: { webhook: { secret: string } } };
  return payload.webhook.secret;
}
