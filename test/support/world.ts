import { openIntake } from '../../app/features/intake/open-intake.server.ts';
import { startHeartbeat } from '../../app/worker/heartbeat.server.ts';
import { startWorker } from '../../app/worker/start-worker.server.ts';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { exampleMessageBody } from './examples.ts';
import { createTestServices, type TestServices } from './services.ts';

/** A quick retry schedule, so that stories end; the proportions are the product's. */
export const QUICK = {
  CHATWOOT_WEBHOOK_BASE_DELAY_MS: '20',
  CHATWOOT_WEBHOOK_BACKOFF_FACTOR: '1.5',
  BREAKER_COOLDOWN_MS: '60',
  BREAKER_COOLDOWN_MAX_MS: '240',
};

export interface World {
  agent: AgentService;
  services: TestServices;
  /** Receives a customer's message through the real intake. @returns its seq */
  write(message: { conversation: number; message: number; content?: string }): Promise<number>;
  startWorker(): Promise<{ stop(): Promise<void> }>;
  states(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

/** A real database, a real Agent service and the real intake; workers are started by the story. */
export async function createWorld(
  env: Record<string, string> = {},
  agentOptions: Parameters<typeof startAgent>[0] = {},
): Promise<World> {
  const agent = await startAgent(agentOptions);
  const connection = {
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
  };
  const settings = { ...QUICK, ...connection, ...env };
  const services = await createTestServices(settings);
  const intake = openIntake(services);
  const stops: (() => Promise<void>)[] = [];
  return {
    agent,
    services,
    async write({ conversation, message, content }) {
      const body = Buffer.from(
        exampleMessageBody({ conversationId: conversation, messageId: message, content }),
      );
      const outcome = await intake.receive({
        headers: { 'content-type': 'application/json', 'x-chatwoot-delivery': `${conversation}-${message}` },
        token: null,
        body,
        receivedAt: new Date(),
      });
      if (outcome.kind !== 'accepted') throw new Error(`not accepted: ${outcome.kind}`);
      return outcome.seq;
    },
    async startWorker() {
      // Each worker is a process of its own to the others: own identity, heartbeat and pools, same database.
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
    async states() {
      const { rows } = await services.db.pool.query<{ state: string; n: number }>(
        'SELECT state, count(*) AS n FROM deliveries GROUP BY state',
      );
      return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
    },
    async close() {
      for (const stop of stops) await stop();
      await intake.stop();
      await services.close();
      await agent.stop();
    },
  };
}
