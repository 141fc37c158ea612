import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import {
  notificationSettings,
  startNotifications,
  type Notifications,
} from '../../app/sandbox/notifications/notifications.ts';
import type { Conversation } from '../../app/sandbox/chatwoot/records.ts';
import { createChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { freePort, runToEnd, startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, fetchAs, signInOver } from '../support/sign-in.ts';

/** The product's proportions, so quick that the story ends. */
const QUICK = {
  HEALTH_CHECK_INTERVAL: '1s',
  HEALTH_CONFIRM_INTERVAL: '300ms',
  HEALTH_TIMEOUT: '5s',
  ALERT_RECOVERY_CHECKS: '2',
  RECOVERY_GREEN_FOR: '3s',
  RECOVERY_WATCH_FOR: '1s',
  RECONCILE_INTERVAL: '2s',
  RECONCILE_SETTLE: '1s',
};

export interface OutageWorld {
  chatwoot: Chatwoot;
  agent: AgentService;
  told: Notifications;
  app: AppProcess;
  /** The app's own database, to look into. */
  services: TestServices;
  /** Reads an address of the app as the person who is signed in. */
  get<T = Record<string, unknown>>(path: string): Promise<T>;
  /** The page as a browser without JavaScript gets it. */
  page(path: string): Promise<string>;
  /** Sends a form of the app. */
  post(
    path: string,
    fields?: Record<string, string>,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Sends a form of a page as a browser without JavaScript does. @returns where it leads */
  form(path: string, fields: Record<string, string>): Promise<string | null>;
  /** `npm run ops:…` on the app's machine. */
  ops(command: string, ...args: string[]): Promise<{ code: number | null; output: string; stdout: string }>;
  /** A new customer writes. */
  customer(text: string): Conversation;
  /** A person answers a customer in Chatwoot. */
  answers(conversation: Conversation): void;
  close(): Promise<void>;
}

/** The built app between the simulated Chatwoot and Agent service, with everybody whom it tells, over real HTTP. */
export async function createOutageWorld(env: Record<string, string> = {}): Promise<OutageWorld> {
  const chatwoot = await startChatwoot({ webhookConcurrency: 1 });
  const agent = await startAgent({ drafts: { chatwootUrl: chatwoot.url, token: chatwoot.botToken } });
  const told = await startNotifications();
  const services = await createTestServices();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { accountId, apiToken } = chatwoot;
  const client = createChatwootClient({ baseUrl: chatwoot.url, accountId: String(accountId), apiToken });
  const webhook = await client.createWebhook({
    url: `${url}/api/webhooks/chatwoot`,
    subscriptions: [
      'conversation_created',
      'conversation_status_changed',
      'conversation_updated',
      'message_created',
      'message_updated',
    ],
  });
  if (webhook.outcome !== 'ok') throw new Error(`no webhook: ${webhook.outcome}`);
  const settings = {
    ...QUICK,
    ...notificationSettings(told),
    PORT: String(port),
    APP_URL: url,
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(accountId),
    CHATWOOT_API_TOKEN: apiToken,
    CHATWOOT_WEBHOOK_SECRET: webhook.value.secret!,
    ...env,
  };
  const app = await startApp(settings);
  await app.ready();
  const cookie = await signInOver(url, await addPerson(services.databaseUrl, 'admin', 'Ada'));
  const [grace] = chatwoot.store.agents;

  return {
    ...{ chatwoot, agent, told, app, services },
    async get<T>(path: string) {
      const answer = await fetchAs(cookie, url + path);
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as T;
    },
    page: async (path) => (await fetchAs(cookie, url + path)).text(),
    async post(path, fields = {}) {
      const answer = await fetchAs(cookie, url + path, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: { Accept: 'application/json', Origin: url },
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
    async form(path, fields) {
      const answer = await fetchAs(cookie, url + path, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams(fields),
        headers: { Accept: 'text/html', Origin: url },
      });
      await answer.body?.cancel();
      return answer.headers.get('Location');
    },
    ops: (command, ...args) => runToEnd([`app/cli/${command}.ts`, ...args], settings),
    customer(text) {
      const conversation = chatwoot.store.startConversation();
      chatwoot.store.addMessage(conversation, {
        type: 'incoming',
        content: text,
        private: false,
        sender: conversation.contact,
      });
      return conversation;
    },
    answers(conversation) {
      chatwoot.store.addMessage(conversation, {
        type: 'outgoing',
        content: 'I have looked it up for you.',
        private: false,
        sender: grace!,
      });
    },
    async close() {
      await app.kill('SIGTERM');
      await Promise.all([chatwoot.stop(), agent.stop(), told.stop()]);
      await services.close();
    },
  };
}
