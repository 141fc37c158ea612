import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { startHeartbeat } from '../../app/worker/heartbeat.server.ts';
import { startWorker } from '../../app/worker/start-worker.server.ts';
import { startIntakeServer, type IntakeServer } from '../intake/intake-server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { QUICK } from '../support/world.ts';

export interface CanaryWorld {
  chatwoot: Chatwoot;
  agent: AgentService;
  intake: IntakeServer;
  services: TestServices;
  settings: Record<string, string>;
  /** The loops of a worker, as a process of its own. */
  work(): Promise<{ stop(): Promise<void> }>;
  close(): Promise<void>;
}

export interface CanaryWorldOptions {
  env?: Record<string, string>;
  /** Whether the Agent service writes drafts. */
  drafts?: boolean;
  /** Whether Chatwoot knows our webhook. */
  webhook?: boolean;
}

/** Chatwoot, the Agent service and our own intake as real HTTP servers, wired to each other. */
export async function createCanaryWorld(options: CanaryWorldOptions = {}): Promise<CanaryWorld> {
  const chatwoot = await startChatwoot({ webhookConcurrency: 1 });
  const drafts =
    options.drafts === false ? undefined : { chatwootUrl: chatwoot.url, token: chatwoot.botToken };
  const agent = await startAgent({ drafts });
  const settings = {
    ...QUICK,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    ...options.env,
  };
  const services = await createTestServices(settings);
  const intake = await startIntakeServer(services);
  if (options.webhook !== false) await registerWebhook(chatwoot, intake.url);
  const stops: (() => Promise<void>)[] = [];
  return {
    chatwoot,
    agent,
    intake,
    services,
    settings,
    async work() {
      const own = await createTestServices({ ...settings, DATABASE_URL: services.databaseUrl });
      const heartbeat = startHeartbeat(own, () => undefined);
      const worker = startWorker(own);
      let stopped = false;
      const stop = async () => {
        if (stopped) return;
        stopped = true;
        await worker.stop();
        await heartbeat.stop();
        await own.close();
      };
      stops.push(stop);
      return { stop };
    },
    async close() {
      for (const stop of stops) await stop();
      await chatwoot.stop();
      await intake.stop();
      await services.close();
      await agent.stop();
    },
  };
}

export async function registerWebhook(chatwoot: Chatwoot, url: string): Promise<void> {
  const answer = await fetch(`${chatwoot.url}/api/v1/accounts/${chatwoot.accountId}/webhooks`, {
    method: 'POST',
    headers: { api_access_token: chatwoot.apiToken, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      url,
      subscriptions: ['message_created', 'conversation_created', 'conversation_status_changed'],
    }),
  });
  if (!answer.ok) throw new Error(`Chatwoot answered ${answer.status}`);
}

/** Somebody at the page. */
export const ADA = { id: 'person:1', name: 'Ada', role: 'responder', via: 'session', from: null } as const;
