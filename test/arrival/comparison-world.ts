import { projectWebhooks } from '../../app/features/waiting/project-webhooks.server.ts';
import { tickReconciliation } from '../../app/features/arrival/comparison/tick-reconciliation.server.ts';
import { createChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { SUBSCRIBABLE_EVENTS, type Webhook } from '../../app/sandbox/chatwoot/webhooks/webhook-sender.ts';
import type { Conversation, Message } from '../../app/sandbox/chatwoot/records.ts';
import { startChatwootProxy, type ChatwootProxy } from './chatwoot-proxy.ts';
import { startIntakeServer, type IntakeServer } from '../intake/intake-server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

export interface ComparisonWorld {
  chatwoot: Chatwoot;
  services: TestServices;
  /** The app calls Chatwoot through it. */
  proxy: ChatwootProxy;
  intake: IntakeServer;
  hook: Webhook;
  /** Bodies that were lost on their way, in order. */
  lost: string[];
  /** A customer who begins to write. */
  begins(): Conversation;
  says(conversation: Conversation, type?: 'incoming' | 'outgoing', isPrivate?: boolean): Message;
  /** Every webhook so far was sent, taken and read. */
  settled(): Promise<void>;
  /** Loses the webhooks of what happens meanwhile, or those that it names. */
  losing(work: () => void | Promise<void>, isLost?: (body: string) => boolean): Promise<void>;
  /** Ticks until nothing more is to do at once. */
  reconcile(now?: () => Date): Promise<void>;
  /** Events of the inbox in order of receipt: message number and where it is from. */
  inbox(): Promise<{ message: number; source: string; seq: number; key: string }[]>;
  /** Numbers of the messages that Chatwoot has a webhook for. */
  inChatwoot(): number[];
  close(): Promise<void>;
}

/** A real Chatwoot (simulated, over HTTP) that posts its webhooks to the real intake. */
export async function createComparisonWorld(env: Record<string, string> = {}): Promise<ComparisonWorld> {
  const chatwoot = await startChatwoot({ webhookConcurrency: 1 });
  const proxy = await startChatwootProxy(chatwoot.url);
  const services = await createTestServices({
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: proxy.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    RECONCILE_SETTLE: '0s',
    ...env,
  });
  const intake = await startIntakeServer(services);
  const { connection } = services.config;
  const client = createChatwootClient({
    baseUrl: connection!.chatwootUrl,
    accountId: connection!.accountId,
    apiToken: connection!.apiToken,
  });
  const created = await client.createWebhook({ url: intake.url, subscriptions: [...SUBSCRIBABLE_EVENTS] });
  if (created.outcome !== 'ok') throw new Error(created.outcome);
  const { id, url, subscriptions, secret } = created.value;
  const lost: string[] = [];
  const { store, webhooks } = chatwoot;

  async function settled() {
    await webhooks.idle();
    for (;;) {
      const round = await projectWebhooks(services, new Date());
      if (round.outcome === 'projected' && !round.more) return;
    }
  }
  const says: ComparisonWorld['says'] = (conversation, type = 'incoming', isPrivate = false) =>
    store.addMessage(conversation, {
      type,
      content: `Words <b>of</b> ${conversation.id}`,
      private: isPrivate,
      sender: type === 'incoming' ? conversation.contact : store.agents[0]!,
    });
  return {
    chatwoot,
    services,
    proxy,
    intake,
    hook: { id, name: null, url, subscriptions, secret: secret! },
    lost,
    begins() {
      const conversation = store.startConversation();
      says(conversation);
      return conversation;
    },
    says,
    settled,
    async losing(work, isLost = () => true) {
      await webhooks.idle();
      webhooks.lose((body) => {
        const gone = isLost(body);
        if (gone) lost.push(body);
        return gone;
      });
      await work();
      await webhooks.idle();
      webhooks.lose(null);
    },
    async reconcile(now = () => new Date()) {
      while (await tickReconciliation(services, now));
    },
    async inbox() {
      const { rows } = await services.db.pool.query<{
        message: number;
        source: string;
        seq: number;
        key: string;
      }>(
        `SELECT (convert_from(e.body, 'UTF8')::jsonb->>'id')::int AS message, e.source, e.seq, e.conversation_key AS key
         FROM webhook_events e WHERE e.event = 'message_created' ORDER BY e.seq`,
      );
      return rows;
    },
    inChatwoot: () =>
      [...store.conversations.values()]
        .flatMap(({ messages }) => messages)
        .filter(({ type }) => type !== 'activity')
        .map((message) => message.id)
        .sort((a, b) => a - b),
    async close() {
      await intake.stop();
      await services.close();
      await proxy.stop();
      await chatwoot.stop();
    },
  };
}
