import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core';
import pg from 'pg';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import {
  notificationSettings,
  startNotifications,
  type Notifications,
} from '../../app/sandbox/notifications/notifications.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { launchBrowser } from '../support/browser.ts';
import { createTestDatabase } from '../support/database.ts';
import { addPerson, signInOver, useCookies as giveCookies, type TestRole } from '../support/sign-in.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';

export interface OutageWorld {
  app: AppProcess;
  chatwoot: Chatwoot;
  agent: AgentService;
  told: Notifications;
  pool: pg.Pool;
  databaseUrl: string;
  /** What Chatwoot signs webhooks with. */
  webhookSecret: string;
  /** A browser signed in as somebody new of that role. */
  signedIn(role: TestRole, options: BrowserContextOptions): Promise<BrowserContext>;
  stop(): Promise<void>;
}

/** The real app in a process of its own between a simulated Chatwoot, Agent service and everything it tells people over. */
export async function startOutageWorld(env: Record<string, string> = {}): Promise<OutageWorld> {
  const database = await createTestDatabase();
  const dataDir = await makeQuickFolder('outage');
  const [chatwoot, agent, told] = await Promise.all([startChatwoot(), startAgent(), startNotifications()]);
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  await putContacts(pool);
  const webhookSecret = randomUUID();
  const app = await startApp({
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    CHATWOOT_WEBHOOK_SECRET: webhookSecret,
    HEALTH_CHECK_INTERVAL: '1s',
    HEALTH_CONFIRM_INTERVAL: '300ms',
    ...notificationSettings(told),
    ...env,
  });
  await app.ready();
  const browser: Browser = await launchBrowser();
  return {
    app,
    chatwoot,
    agent,
    told,
    pool,
    databaseUrl: database.url,
    webhookSecret,
    async signedIn(role, options) {
      const context = await browser.newContext(options);
      await giveCookies(context, app.url, await signInOver(app.url, await addPerson(database.url, role)));
      return context;
    },
    async stop() {
      await browser.close();
      await app.kill('SIGTERM');
      await pool.end();
      await Promise.all([chatwoot.stop(), agent.stop(), told.stop()]);
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Everybody of the runbook can be reached by e-mail, and executives too are left alone once somebody is on it. */
async function putContacts(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ role: string }>('SELECT role FROM contacts');
  for (const { role } of rows) {
    const address = `${role.toLowerCase().replaceAll(' ', '-')}@example.com`;
    await pool.query('UPDATE contacts SET name = $2, channels = $3 WHERE role = $1', [
      role,
      `Pat (${role})`,
      JSON.stringify([{ id: randomUUID(), kind: 'email', address, secret: null }]),
    ]);
  }
  await pool.query('UPDATE escalation_steps SET when_acknowledged = false');
}
