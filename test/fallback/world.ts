import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { createChatwootClient, type ChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { listFallbackRuns, readFallbackState } from '../../app/features/fallback/read-fallback.server.ts';
import type { FallbackStep } from '../../app/features/fallback/fallback-view.ts';
import { tickFallback } from '../../app/features/fallback/tick-fallback.server.ts';
import {
  NO_CHECKLIST,
  toggleFallback,
  type ToggleRequest,
} from '../../app/features/fallback/toggle-fallback.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { person } from '../support/person.ts';

export const ADA = person('Ada');

export interface FallbackWorld {
  chatwoot: Chatwoot;
  api: ChatwootClient;
  services: TestServices;
  toggle(request: Partial<ToggleRequest> & { to: 'on' | 'off' }): ReturnType<typeof toggleFallback>;
  /** Does every step that is due. */
  work(now?: Date): Promise<void>;
  steps(direction: 'on' | 'off'): Promise<FallbackStep[]>;
  state(): ReturnType<typeof readFallbackState>;
  close(): Promise<void>;
}

/** A real Chatwoot (the simulated one, over HTTP) with a webhook to this app, and services that speak to it. */
export async function createFallbackWorld(env: Record<string, string> = {}): Promise<FallbackWorld> {
  const chatwoot = await startChatwoot();
  const services = await createTestServices({
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    ...env,
  });
  const { connection } = services.config;
  const api = createChatwootClient({
    baseUrl: connection!.chatwootUrl,
    accountId: connection!.accountId,
    apiToken: connection!.apiToken,
  });
  // This process lives: its claims are nobody else's.
  await services.db.pool.query(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen) VALUES ($1, 'worker', 'test', 1, now(), now() + interval '1 hour')`,
    [services.processId],
  );
  return {
    chatwoot,
    api,
    services,
    toggle: (request) =>
      toggleFallback(services, {
        reason: 'AI drafts are wrong',
        restoreGate: NO_CHECKLIST,
        actor: ADA,
        now: new Date(),
        ...request,
      }),
    async work(now) {
      while (await tickFallback(services, now ?? new Date()));
    },
    async steps(direction) {
      const [run] = await listFallbackRuns(services);
      return (run?.steps ?? []).filter((step) => step.direction === direction);
    },
    state: () => readFallbackState(services),
    async close() {
      await services.close();
      await chatwoot.stop();
    },
  };
}
